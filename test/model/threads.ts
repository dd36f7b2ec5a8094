/** Threads: engines of several threads over one small arena, played one at a time in this one. */
import { createArena } from '../../src/memory/arena.js';
import type { Arena } from '../../src/memory/arena.js';
import { Attachment } from '../../src/memory/attachment.js';
import { ownStripeWriter } from '../../src/memory/cell-place.js';
import { StripedCounterCell } from '../../src/memory/counter-cell.js';
import { HEADER_SLOT_CURSOR_OFFSET, U32_BYTES } from '../../src/memory/layout.js';
import type { FamilyDescriptor } from '../../src/primitives/family-descriptor.js';
import { describeFamily } from '../../src/primitives/family-descriptor.js';
import { Engine } from '../../src/registry/engine.js';
import type { ArenaFamilyBinding } from '../../src/registry/family-binding.js';
import { limitsFor, settingsFrom, sizesFor } from '../../src/registry/registry-options.js';

// Limits are hit thousands of times here, which is the subject and not news.
process.removeAllListeners('warning');

const settings = settingsFrom({
  seriesMax: 20,
  familySeriesMax: 3,
  familiesMax: 5,
  threadsMax: 4,
  heartbeatMs: 60_000,
});

export const LABELLED = describeFamily('counter', { name: 'c_total', help: 'C.', labelNames: ['a'] }, 10);
export const OTHER = describeFamily('counter', { name: 'g_total', help: 'G.', labelNames: ['a'] }, 10);
export const INFO = describeFamily('info', { name: 'build', help: 'B.', labelNames: ['v'] }, 10);
export const STATES = describeFamily(
  'stateset',
  { name: 'phase', help: 'P.', labelNames: ['a'], states: ['first', 'second', 'third'] },
  10,
);
export const BARE = describeFamily('counter', { name: 'u_total', help: 'U.' }, 10);

export class Thread {
  readonly attachment: Attachment;
  readonly engine: Engine;
  private readonly bindings = new Map<string, ArenaFamilyBinding>();

  constructor(arena: Arena, id: number) {
    this.attachment = new Attachment(arena, id);
    this.engine = new Engine(this.attachment, settings, {
      overflowCounter: () => ({ inc: () => undefined }) as never,
      purge: () => undefined,
    });
  }

  family(descriptor: FamilyDescriptor = LABELLED): ArenaFamilyBinding {
    let binding = this.bindings.get(descriptor.name);
    if (binding === undefined) {
      binding = this.engine.define(descriptor);
      this.bindings.set(descriptor.name, binding);
    }
    return binding;
  }

  /** A handle; for a family without labels, without a value. */
  cell(value?: string, descriptor: FamilyDescriptor = LABELLED): StripedCounterCell {
    const values = value === undefined ? [] : [value];
    return new StripedCounterCell(ownStripeWriter(this.attachment)!, this.family(descriptor).place(values));
  }

  /** Value by label value; the overflow series stands under its own name, one without labels under ''. */
  scrape(name = LABELLED.name): Record<string, number> {
    const family = this.engine.snapshots.take().families.find(one => one.descriptor.name === name);
    if (family === undefined) return {};
    return Object.fromEntries(
      family.series.map((series, i) => [
        series.isOverflow ? 'overflow' : (series.labelValues()[0] ?? ''),
        family.values[i]!,
      ]),
    );
  }

  /** The next free slot is looked for from here on, as after as many creations as there are slots. */
  searchSlotsFrom(slot: number): void {
    Atomics.store(this.attachment.arena.words, HEADER_SLOT_CURSOR_OFFSET / U32_BYTES, slot);
  }
}

/** Runs `body` with threads 1, 2, ... attached to one arena. */
export function withThreads<T>(count: number, body: (threads: Thread[]) => T): T {
  const arena = createArena(sizesFor(settings), limitsFor(settings));
  const threads = Array.from({ length: count }, (_, index) => new Thread(arena, index + 1));
  try {
    return body(threads);
  } finally {
    for (const thread of threads) thread.attachment.detach();
  }
}
