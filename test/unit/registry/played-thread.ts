/** Played thread: another thread of a registry, inside this one, and the warnings that a test causes. */
import { setImmediate } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import { attachArena } from '../../../src/memory/arena.js';
import { Attachment } from '../../../src/memory/attachment.js';
import { BucketIndex } from '../../../src/memory/bucket-index.js';
import { ownStripeWriter } from '../../../src/memory/cell-place.js';
import { StripedCounterCell } from '../../../src/memory/counter-cell.js';
import { StripedGaugeCell } from '../../../src/memory/gauge-cell.js';
import { StripedHistogramCell } from '../../../src/memory/histogram-cell.js';
import { describeFamily } from '../../../src/primitives/family-descriptor.js';
import type { FamilyDescription, FamilyType } from '../../../src/primitives/family-descriptor.js';
import { Engine } from '../../../src/registry/engine.js';
import type { ArenaFamilyBinding } from '../../../src/registry/family-binding.js';
import type { RegistryToken } from '../../../src/registry/registry-token.js';

export class PlayedThread {
  readonly attachment: Attachment;
  readonly engine: Engine;

  /** Attaches to the registry of a token; detached when the test ends. */
  constructor(test: TestContext, token: RegistryToken, threadId: number) {
    this.attachment = new Attachment(attachArena(token.arena), threadId);
    this.engine = new Engine(this.attachment, token.settings, {
      // Overflows of a played thread are not counted: it has no registry object that could define the counter.
      overflowCounter: () => ({ inc: () => undefined }) as never,
      purge: () => undefined,
    });
    test.after(() => this.attachment.detach());
  }

  define(type: FamilyType, options: FamilyDescription): ArenaFamilyBinding {
    const { labelsMax } = this.attachment.arena.limits;
    return this.engine.define(
      describeFamily(type, options, labelsMax, this.engine.settings.nameValidationScheme),
    );
  }

  counter(options: FamilyDescription, ...values: string[]): StripedCounterCell {
    const place = this.define('counter', options).place(values);
    return new StripedCounterCell(ownStripeWriter(this.attachment)!, place);
  }

  gauge(options: FamilyDescription, ...values: string[]): StripedGaugeCell {
    const place = this.define('gauge', options).place(values);
    return new StripedGaugeCell(ownStripeWriter(this.attachment)!, place);
  }

  histogram(options: FamilyDescription, ...values: string[]): StripedHistogramCell {
    const place = this.define('histogram', options).place(values);
    const index = BucketIndex.over(options.buckets ?? []);
    return new StripedHistogramCell(ownStripeWriter(this.attachment)!, place, index);
  }
}

/** The messages of this package's process warnings that `action` causes. */
export async function warningsOf(action: () => void): Promise<string[]> {
  // Those of earlier tests first: warnings are emitted in the next tick.
  await setImmediate();
  const messages: string[] = [];
  const listener = (warning: Error): void => {
    if (warning.name === 'ThreadtallyWarning') messages.push(warning.message);
  };
  process.on('warning', listener);
  try {
    action();
    await setImmediate();
  } finally {
    process.off('warning', listener);
  }
  return messages;
}

/** Keeps warnings that are a test's subject out of its output. */
export function silenceWarnings(): void {
  process.removeAllListeners('warning');
}
