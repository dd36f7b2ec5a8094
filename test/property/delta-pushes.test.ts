/**
 * Pushes of differences, in any order of recordings, pushes that arrive or fail in part, removals, resets, and threads that
 * end: what has arrived is what was recorded, once.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Registry } from '../../src/index.js';
import { HEADER_SLOT_CURSOR_OFFSET, U32_BYTES } from '../../src/memory/layout.js';
import { BucketRun } from '../../src/otel/point.js';
import { DeliveredValues, ToldValues } from '../../src/otel/delivered-values.js';
import { withMutant } from '../model/stepping.js';
import { metricsIn } from '../unit/otel/decoded-metrics.js';
import { PushReader } from '../unit/otel/pushed-registry.js';
import { PlayedThread, silenceWarnings } from '../unit/registry/played-thread.js';
import { CLASSIC_BOUNDS, DeltaModel, KINDS } from './delta-model.js';
import type { Kind } from './delta-model.js';

silenceWarnings();

const LABELS = ['a', 'b', 'c'] as const;
type Label = (typeof LABELS)[number];

type Step =
  | { readonly record: Kind; readonly label: Label; readonly power: number }
  /** Of each request of a push whether it arrives. Those beyond the list do. */
  | { readonly push: readonly boolean[] }
  | { readonly remove: Kind; readonly label: Label }
  /** A thread that counts so much, and ends. */
  | { readonly thread: Label; readonly count: number }
  | { readonly other: 'reset' | 'reuse' };

const label = fc.constantFrom(...LABELS);
const kind = fc.constantFrom(...KINDS);
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ record: kind, label, power: fc.integer({ min: -14, max: 14 }) }) },
    { weight: 4, arbitrary: fc.record({ push: fc.array(fc.boolean(), { maxLength: 6 }) }) },
    { weight: 2, arbitrary: fc.record({ remove: kind, label }) },
    { weight: 1, arbitrary: fc.record({ thread: label, count: fc.integer({ min: 1, max: 9 }) }) },
    { weight: 2, arbitrary: fc.record({ other: fc.constantFrom('reset', 'reuse', 'reuse') }) },
  ),
  { maxLength: 60, size: 'max' },
) as fc.Arbitrary<Step[]>;

const COUNTER = { name: 'counter', help: 'C.', labelNames: ['l'] } as const;
/** Few buckets: the schema becomes coarser when the values span more than some powers of two. */
const NATIVE = {
  name: 'native',
  help: 'N.',
  labelNames: ['l'],
  native: { schema: 3, maxBuckets: 20 },
} as const;
const CLASSIC = { name: 'classic', help: 'H.', labelNames: ['l'], buckets: CLASSIC_BOUNDS } as const;

class World {
  readonly registry = new Registry({ seriesMax: 10, familiesMax: 6, threadsMax: 3, heartbeatMs: 60_000 });
  readonly model = new DeltaModel();
  /** Two points for a request: a push has several. */
  readonly reader = new PushReader({ temporality: 'delta', pointsMax: 2, wallMs: () => this.nowMs });
  private readonly metrics = {
    counter: this.registry.counter(COUNTER),
    classic: this.registry.histogram(CLASSIC),
    native: this.registry.histogram(NATIVE),
  };
  private nowMs = Date.now() + 1_000;
  private threadId = 7;

  /** @param arrives says of a request that has failed whether the receiver's answer is taken for one all the same */
  take(step: Step, arrives: (isSuccess: boolean) => boolean): void {
    this.nowMs += 10;
    if ('record' in step) this.record(step);
    else if ('push' in step) this.push(step.push, arrives);
    else if ('remove' in step) {
      this.metrics[step.remove].remove({ l: step.label });
      this.model.remove(step.remove, step.label);
    } else if ('thread' in step) this.playThread(step.thread, step.count);
    else if (step.other === 'reset') {
      this.registry.resetMetrics();
      this.model.removeAll();
    } else this.reuse();
  }

  push(successes: readonly boolean[], arrives: (isSuccess: boolean) => boolean): void {
    for (const [i, request] of this.reader.readNow(this.registry).entries()) {
      const isSuccess = successes[i] ?? true;
      if (isSuccess) this.model.receive(metricsIn([this.reader.decode(request)]));
      if (arrives(isSuccess)) request.delivered();
      request.release();
    }
  }

  private record({ record: to, label: l, power }: Extract<Step, { record: Kind }>): void {
    const value = to === 'counter' ? power + 15 : power === 0 ? 0 : 1.5 * 2 ** power;
    const { counter } = this.metrics;
    if (to === 'counter') counter.inc({ l }, value);
    else this.metrics[to].observe({ l }, value);
    this.model.record(to, l, value);
  }

  /** Its counts stay in its stripe, which the next one takes over. */
  private playThread(l: Label, count: number): void {
    const endings: (() => void)[] = [];
    const context = { after: (ending: () => void) => endings.push(ending) };
    const thread = new PlayedThread(context as never, this.registry.share(), this.threadId++);
    thread.counter(COUNTER, l).inc(count);
    this.model.record('counter', l, count);
    for (const ending of endings) ending();
  }

  /** Slots and cells of what was removed may be others' from here on. */
  private reuse(): void {
    this.registry.safePoint();
    const { arena, records } = this.registry.parts.engine()!.attachment;
    records.reclaim();
    // From the first one on, as after as many creations as there are slots.
    Atomics.store(arena.words, HEADER_SLOT_CURSOR_OFFSET / U32_BYTES, 0);
  }
}

function checkAnyOrder(isMutant = false, arrives = (isSuccess: boolean): boolean => isSuccess): void {
  fc.assert(
    fc.property(steps, sequence => {
      const world = new World();
      try {
        for (const step of sequence) {
          world.take(step, arrives);
          world.model.check();
        }
        world.take({ push: [] }, arrives);
        world.model.checkComplete();
        assert.deepEqual(world.reader.readNow(world.registry), [], 'what nobody has changed is not told');
      } finally {
        world.registry.close();
      }
    }),
    // Of a mutant any failure will do, however long.
    { numRuns: isMutant ? 2_000 : 250, endOnFailure: isMutant },
  );
}

describe('differences in any order of recordings, pushes, failures and removals', () => {
  it('arrive, and each arrives once', () => checkAnyOrder());

  it('are seen to be lost when a request that has failed is taken for one that has arrived', () => {
    assert.throws(() => checkAnyOrder(true, () => true));
  });

  it('are seen to arrive twice when what has arrived is forgotten', () => {
    withMutant(
      ToldValues.prototype,
      'deliverTo',
      () => undefined,
      () => assert.throws(() => checkAnyOrder(true)),
    );
  });

  it('are seen to be those of another series when sequences are not compared', () => {
    const { find } = DeliveredValues.prototype;
    const mutant = function (this: DeliveredValues, slot: number): boolean {
      const [group] = this['groups'];
      return group !== undefined && find.call(this, slot, group.sequences[slot]!);
    };
    withMutant(DeliveredValues.prototype, 'find', mutant, () => assert.throws(() => checkAnyOrder(true)));
  });

  it('are seen to be in other buckets when empty ones are left out and not counted', () => {
    const mutant = function (this: BucketRun, counts: Float64Array): void {
      while (this.end > this.from && counts[this.from] === 0) this.from++;
    };
    withMutant(BucketRun.prototype, 'trim', mutant as never, () => assert.throws(() => checkAnyOrder(true)));
  });

  it('are seen to overlap when the time of what has arrived is not kept', () => {
    const { put } = DeliveredValues.prototype;
    const mutant = function (this: DeliveredValues, ...args: Parameters<typeof put>): void {
      put.call(this, args[0], args[1], args[2], args[3] - 15);
    };
    withMutant(DeliveredValues.prototype, 'put', mutant as never, () =>
      assert.throws(
        () => checkAnyOrder(true),
        ({ cause }: Error) => /begins before/.test(String(cause)),
      ),
    );
  });
});
