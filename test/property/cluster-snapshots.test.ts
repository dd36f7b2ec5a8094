/**
 * Snapshots of processes: what is sent arrives, damage is refused, and what is merged is what one registry would show that
 * had recorded everything.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '../../src/cluster/byte-writer.js';
import { DefinitionPool } from '../../src/cluster/definition-pool.js';
import { FamilySum } from '../../src/cluster/family-sum.js';
import { MergedSnapshots } from '../../src/cluster/merged-snapshot.js';
import { mergeProcesses, withDeparted } from '../../src/cluster/process-merge.js';
import type { MergeInput } from '../../src/cluster/process-merge.js';
import type { FamilyPart } from '../../src/cluster/process-snapshot.js';
import { checksumOf, decodeSnapshot, encodeSnapshot } from '../../src/cluster/snapshot-format.js';
import { Registry, SnapshotFormatError, nativeBucketsOf } from '../../src/index.js';
import type { Snapshot } from '../../src/index.js';
import { withMutant } from '../model/stepping.js';
import { inputsFrom, linesOf, partsOf } from '../unit/cluster/processes.js';
import { silenceWarnings } from '../unit/registry/played-thread.js';
import { anyDouble, asEncoded, hostileText } from './arbitraries.js';

silenceWarnings();

const TYPES = ['counter', 'gauge', 'histogram', 'native', 'both', 'summary', 'info', 'stateset'] as const;
const STATES = ['on', 'off', '"\\\n'] as const;
const PROCESSES = 3;

interface Recording {
  readonly type: (typeof TYPES)[number];
  readonly process: number;
  readonly labels: { readonly a: string; readonly constructor: string };
  /** Sums of these are exact, in any order. */
  readonly eighths: number;
  readonly anything: number;
}

function recordings(maxLength = 40): fc.Arbitrary<Recording[]> {
  // Most of them meet: what processes do not have in common is not added up.
  const label = fc.oneof(
    { arbitrary: fc.constantFrom('', 'x'), weight: 4 },
    { arbitrary: hostileText(12), weight: 1 },
  );
  return fc.array(
    fc.record({
      type: fc.constantFrom(...TYPES),
      process: fc.nat(PROCESSES - 1),
      labels: fc.record({ a: label, constructor: label }),
      eighths: fc.oneof(fc.integer({ min: -400, max: 400 }), fc.integer({ min: -(2 ** 40), max: 2 ** 40 })),
      anything: anyDouble(),
    }),
    { maxLength },
  ) as unknown as fc.Arbitrary<Recording[]>;
}

function define(registry: Registry) {
  const options = { help: 'H "\\\n\ud800.', labelNames: ['a', 'constructor'] } as const;
  const buckets = [-1, 0, 0.5, 10];
  const native = { maxBuckets: 20 };
  return {
    counter: registry.counter({ ...options, name: 'c_total', enableExemplars: true }),
    gauge: registry.gauge({ ...options, name: 'g' }),
    histogram: registry.histogram({ ...options, name: 'h', buckets }),
    native: registry.histogram({ ...options, name: 'n', buckets: [], native }),
    both: registry.histogram({ ...options, name: 'b', buckets, native, enableExemplars: true }),
    summary: registry.summary({ ...options, name: 's', percentiles: [0, 0.5, 0.9, 1], maxBuckets: 20 }),
    info: registry.info({ ...options, name: 'i' }),
    stateset: registry.stateSet({ ...options, name: 'st', states: STATES }),
  };
}

/** @param value exact in sums, or anything */
function record(registry: Registry, { type, labels, eighths }: Recording, value = eighths / 8): void {
  const metrics = define(registry);
  const finite = Number.isFinite(value) ? value : 1;
  const exemplarLabels = { trace: '"\\\n😀' };
  switch (type) {
    case 'counter':
      metrics.counter.inc({ labels, value: Math.abs(finite), exemplarLabels });
      break;
    case 'gauge':
      metrics.gauge.inc(labels, finite);
      break;
    case 'both':
      metrics.both.observe({ labels, value: finite, exemplarLabels });
      break;
    case 'info':
      metrics.info.set({ ...labels, a: labels.a || 'x' });
      break;
    case 'stateset':
      metrics.stateset.set(labels, STATES[Math.abs(eighths) % STATES.length]!);
      break;
    default:
      metrics[type].observe(labels, finite);
  }
}

/** Each process with its recordings, and `together` with those of all. */
function withRegistries(
  list: readonly Recording[],
  check: (apart: Registry[], together: Registry) => void,
): void {
  const registries = Array.from({ length: PROCESSES + 1 }, () => new Registry());
  try {
    registries.forEach(define);
    const together = registries[PROCESSES]!;
    for (const one of list) {
      record(registries[one.process]!, one);
      record(together, one);
    }
    check(registries.slice(0, PROCESSES), together);
  } finally {
    for (const registry of registries) registry.close();
  }
}

/** Everything of these types that adds up: the lines, and the native buckets by series. */
function addedUp(snapshot: Snapshot): unknown {
  const families = snapshot.families.filter(
    ({ descriptor }) => !['info', 'stateset'].includes(descriptor.type),
  );
  const native = families.flatMap(family =>
    family.series.map((series, i) => [
      family.descriptor.name,
      ...series.labelValues(),
      JSON.stringify(nativeBucketsOf(family, i)),
    ]),
  );
  return { lines: linesOf({ families }).toSorted(), native: native.map(String).toSorted() };
}

/** Every type in every process, with values apart. */
const EXAMPLE: readonly Recording[] = TYPES.flatMap(type =>
  Array.from({ length: PROCESSES }, (_, process) => ({
    type,
    process,
    labels: { a: 'x', constructor: '' },
    eighths: 9 * 10 ** process,
    anything: 0,
  })),
);

type Merge = (inputs: readonly MergeInput[]) => FamilyPart[];

const merged: Merge = inputs => mergeProcesses(inputs).families;

function assertExact(list: readonly Recording[], merge: Merge): void {
  withRegistries(list, (apart, together) => {
    const snapshot = new MergedSnapshots().snapshotOf(merge(inputsFrom(apart)));
    assert.deepEqual(addedUp(snapshot), addedUp(together.snapshot()));
  });
}

function assertProperty(merge: Merge): void {
  fc.assert(
    fc.property(recordings(), list => assertExact(list, merge)),
    { numRuns: 60, examples: [[[...EXAMPLE]]] },
  );
}

describe('processes that are merged', () => {
  it('show what one registry shows that has recorded everything', () => assertProperty(merged));

  it('show the same when they are merged one after the other', () =>
    assertProperty(inputs =>
      inputs.reduce<FamilyPart[]>((sum, input) => merged([{ process: undefined, families: sum }, input]), []),
    ));

  it('show the same counts when all of them are gone', () =>
    fc.assert(
      fc.property(recordings(), list =>
        withRegistries(list, (apart, together) => {
          const departed = apart.reduce<FamilyPart[]>((sum, one) => withDeparted(sum, partsOf(one)), []);
          const snapshot = new MergedSnapshots().snapshotOf(departed);
          const { families } = together.snapshot();
          const kept = families.filter(({ descriptor }) =>
            ['counter', 'histogram', 'summary'].includes(descriptor.type),
          );
          assert.deepEqual(addedUp(snapshot), addedUp({ families: kept }));
        }),
      ),
      { numRuns: 40 },
    ));

  it('are not the same to a merge that leaves the last one out: a mutant', () =>
    assert.throws(() => assertExact(EXAMPLE, inputs => merged(inputs.slice(0, -1)))));

  it('are not the same to one that adds sketches without regard to their schemas: a mutant', () => {
    const result = FamilySum.prototype.result;
    const mutant = function (this: FamilySum): FamilyPart {
      const { rows } = this as unknown as { rows: Map<string, { buckets: unknown[] }> };
      for (const row of rows.values()) row.buckets.splice(1);
      return result.call(this);
    };
    withMutant(FamilySum.prototype, 'result', mutant as never, () =>
      assert.throws(() => assertExact(EXAMPLE, merged)),
    );
  });
});

/** As it arrives: lone surrogates do not. */
function encodedTexts(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? asEncoded(part) : part)),
  );
}

describe('a snapshot that is sent', () => {
  it('arrives as it was, whatever is in it', () => {
    fc.assert(
      fc.property(recordings(), list => {
        const registry = new Registry();
        try {
          define(registry);
          for (const one of list) record(registry, one, one.anything);
          const sent = partsOf(registry);
          assert.deepEqual(decodeSnapshot(encodeSnapshot(sent), new DefinitionPool()), sent);
        } finally {
          registry.close();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('arrives with every number and every text', () => {
    const registry = new Registry();
    registry.gauge({ name: 'g', help: 'G.', labelNames: ['a'] }).set({ a: 'x' }, 1);
    const [family] = partsOf(registry);
    registry.close();
    fc.assert(
      fc.property(anyDouble(), hostileText(), hostileText(), (number, label, name) => {
        const exemplar = {
          bucket: 'native',
          labels: { [name]: label },
          value: number,
          timestampSeconds: 0.5,
        } as const;
        const series = [
          { ...family!.series[0]!, labels: [label], numbers: [number, 1], exemplars: [exemplar] },
        ];
        const [arrived] = decodeSnapshot(encodeSnapshot([{ ...family!, series }]), new DefinitionPool());
        assert.ok(Object.is(arrived!.series[0]!.numbers[0], number));
        assert.deepEqual(encodedTexts(arrived!.series[0]!.labels), encodedTexts([label]));
        assert.deepEqual(
          encodedTexts(Object.entries(arrived!.series[0]!.exemplars[0]!.labels)),
          encodedTexts([[name, label]]),
        );
      }),
    );
  });
});

function decodedOrRefused(bytes: Uint8Array): readonly FamilyPart[] | undefined {
  try {
    return decodeSnapshot(bytes, new DefinitionPool());
  } catch (error) {
    if (error instanceof SnapshotFormatError) return undefined;
    throw error;
  }
}

describe('a snapshot that is damaged', () => {
  const HEAD_BYTES = 13;
  const registry = new Registry();
  define(registry);
  const labels = { a: 'x', constructor: 'y' };
  for (const type of TYPES) record(registry, { type, process: 0, labels, eighths: 9, anything: 0 });
  const bytes = encodeSnapshot(partsOf(registry));
  registry.close();

  it('is refused at whatever byte it was cut', () => {
    for (let length = 0; length < bytes.length; length++)
      assert.equal(decodedOrRefused(bytes.subarray(0, length)), undefined, `${length}`);
  });

  it('is refused whichever byte is another', () => {
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1 << (at % 8);
      assert.equal(decodedOrRefused(damaged), undefined, `byte ${at}`);
    }
  });

  it('is read to an end or refused when its checksum was made to fit, and can be merged then', () => {
    const change = fc.tuple(fc.nat(bytes.length - HEAD_BYTES - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(8), (changes, cut) => {
        const body = bytes.slice(HEAD_BYTES, bytes.length - cut);
        for (const [at, value] of changes) if (at < body.length) body[at] = value;
        const out = new ByteWriter();
        out.raw(bytes.subarray(0, 5));
        out.word(body.length);
        out.word(checksumOf(body));
        out.raw(body);
        const families = decodedOrRefused(out.written());
        if (families === undefined) return;
        const inputs = [0, 1].map(process => ({ process, families }));
        linesOf(new MergedSnapshots().snapshotOf(merged(inputs)));
      }),
      { numRuns: 1_000 },
    );
  });
});
