/**
 * Churn: a registry at its limits in which series come and go, beside a ledger of what each of them must show.
 *
 * Four families - a counter, a gauge, a histogram, and a counter whose idle series expire - hold as many series as their
 * limits allow. A round makes room by one way of removal and creates the next batch, so the limits are reached and never
 * exceeded: one reservation that leaks is one recording in an overflow series.
 */
import assert from 'node:assert/strict';
import type {
  Counter,
  CounterHandle,
  Gauge,
  GaugeHandle,
  Histogram,
  HistogramHandle,
  MemoryReport,
  RegistryToken,
} from '../../src/index.js';
import { Registry } from '../../src/index.js';
import { attachArena } from '../../src/memory/arena.js';
import { RECLAIM_BATCH } from '../../src/memory/record-store.js';
import { Attachment } from '../../src/memory/attachment.js';
import type { CellPlace } from '../../src/memory/cell-place.js';
import { ownStripeWriter } from '../../src/memory/cell-place.js';
import type { SlotIndex } from '../../src/memory/layout.js';
import { SLOT_FREE } from '../../src/memory/slots.js';
import { Engine } from '../../src/registry/engine.js';
import type { ArenaFamilyBinding } from '../../src/registry/family-binding.js';
import { OVERFLOW_FAMILY } from '../../src/registry/own-families.js';
import { LOOKS_PER_PERIOD } from '../../src/registry/idle-expiry.js';
import { blockLedger } from '../model/block-ledger.js';

export interface ChurnPlan {
  /** Most series of the registry; each family holds a quarter of them. */
  readonly seriesMax: number;
  /** Series that a round creates. */
  readonly batch: number;
}

type Values = readonly [tenant: string, id: string];
type ChurnLabel = 'tenant' | 'id';

interface Batch {
  readonly tenant: string;
  readonly series: readonly Values[];
}

/** One family with its ledger. */
interface Subject {
  readonly family: Counter<ChurnLabel> | Gauge<ChurnLabel> | Histogram<ChurnLabel>;
  /** What a snapshot must show, by label values. */
  readonly expected: Map<string, number[]>;
  /** The oldest first. */
  batches: Batch[];
}

const FAMILIES_MAX = 8;
const LABELS = ['tenant', 'id'] as const;
const BOUNDS = [2, 5];
/** Longer than any run: the only beats are those that a round plays, on a clock of its own. */
const HEARTBEAT_MS = 60_000;
/** Series of the last batch that are recorded into while the others of it idle. */
const BUSY_SHARE = 0.1;
const WAYS_OF_REMOVAL = 4;
/** Ways and sizes go round with different periods, so that peaks may meet late. */
const GROWTH_MAX = 0.25;

export function engineOf(registry: Registry): Engine {
  return (registry as unknown as { engine: Engine }).engine;
}

export function keyOf(values: readonly string[]): string {
  return values.join('\0');
}

export class Churn {
  readonly registry: Registry;
  /** Series that have been created so far. */
  created = 0;
  private readonly subjects: readonly Subject[];
  private readonly sessions: Subject;
  private readonly recorder: PausedRecorder;
  private rounds = 0;
  private beatMs = 0;

  constructor(private readonly plan: ChurnPlan) {
    const familySeriesMax = Math.floor(plan.seriesMax / 4);
    this.registry = new Registry({
      seriesMax: plan.seriesMax,
      familySeriesMax,
      familiesMax: FAMILIES_MAX,
      // A limit that is reached in every other round is no news.
      warningRatio: 1,
      criticalRatio: 1,
      threadsMax: 2,
      heartbeatMs: HEARTBEAT_MS,
    });
    const { registry } = this;
    const options = { help: 'Churned.', labelNames: LABELS };
    this.subjects = [
      subjectOf(registry.counter({ name: 'churned_total', ...options })),
      subjectOf(registry.gauge({ name: 'churned_now', ...options })),
      subjectOf(registry.histogram({ name: 'churned_size', ...options, buckets: BOUNDS })),
    ];
    const idleExpirySeconds = (LOOKS_PER_PERIOD * HEARTBEAT_MS) / 1_000;
    this.sessions = subjectOf(registry.counter({ name: 'sessions_total', ...options, idleExpirySeconds }));
    this.recorder = new PausedRecorder(registry.share(), 'churned_total');
  }

  get engine(): Engine {
    return engineOf(this.registry);
  }

  /** Series that must be there now. */
  get live(): number {
    return [...this.subjects, this.sessions].reduce((sum, { expected }) => sum + expected.size, 0);
  }

  /** One batch more, in the next family; the oldest make room for it, each time in another way. */
  round(): void {
    const which = this.rounds++ % (this.subjects.length + 1);
    const subject = this.subjects[which];
    if (subject === undefined) {
      this.roundOfSessions();
      return;
    }
    const way = Math.floor(this.rounds / this.subjects.length) % WAYS_OF_REMOVAL;
    const room = Math.floor(this.plan.seriesMax / 4);
    const oldest = this.subjects[0]!.batches[0]?.series[0];
    if (oldest !== undefined) this.recorder.pauseBeforeStore(oldest);
    // One more than the batch: the series that comes back.
    while (subject.expected.size + this.plan.batch + 1 > room) remove(subject, way);
    this.create(subject);
    this.comeBack(subject);
    this.recorder.goOn();
  }

  /** Ends every series, and the thread beside this one. Afterwards nothing is in use but the families. */
  clear(): void {
    for (const subject of [...this.subjects, this.sessions]) {
      subject.family.reset();
      subject.expected.clear();
      subject.batches = [];
    }
    this.beatMs += HEARTBEAT_MS;
    this.engine.beat(this.beatMs);
    this.recorder.goOn();
    this.engine.attachment.safePoint();
    this.engine.attachment.records.reclaim();
  }

  close(): void {
    this.recorder.close();
    this.registry.close();
  }

  /** Slots that hold a record or wait for one to be forgotten. */
  slotsInUse(): number {
    const { slots } = this.engine.attachment.records;
    const all = Array.from({ length: slots.highWater() }, (_, index) => index as SlotIndex);
    return all.filter(slot => slots.state(slot) !== SLOT_FREE).length;
  }

  /** Compares what a scrape sees with the ledgers, value by value. */
  check(): void {
    const { families } = this.registry.snapshot();
    for (const { family, expected } of [...this.subjects, this.sessions]) {
      const { series, values, stride } = families.find(one => one.descriptor.name === family.name)!;
      assert.equal(series.length, expected.size, `${family.name} shows ${series.length} series`);
      series.forEach((one, i) => {
        const labels = one.labelValues();
        const wanted = expected.get(keyOf(labels));
        const isRight = wanted?.every((value, at) => value === values[i * stride + at]);
        if (isRight !== true) {
          const shown = values.subarray(i * stride, (i + 1) * stride).join();
          assert.fail(`${family.name} ${labels.join()} shows ${shown}, its ledger says ${String(wanted)}`);
        }
      });
    }
    assert.equal(this.registry.cardinality().series, this.live, 'series are counted once');
    assert.equal(this.registry.getSingleMetric(OVERFLOW_FAMILY), undefined, 'no limit was exceeded');
    const { slotsMax, retryLimitHits, lostBlocks } = this.registry.memory();
    // Those that wait: until a pass is due, and what the removals of one round add to them.
    const waitingMax = Math.max(RECLAIM_BATCH, slotsMax / 8) + this.plan.seriesMax / 2;
    const inUse = this.slotsInUse();
    assert.ok(inUse <= this.live + FAMILIES_MAX * 2 + waitingMax, `${inUse} slots are in use`);
    assert.deepEqual(blockLedger(this.engine.arena), { problems: [], lostBytes: 0 });
    assert.deepEqual([retryLimitHits, lostBlocks], [0, 0]);
  }

  /** A batch of new label sets; labels and values of many lengths, one time by handle, one time by labels. */
  private create(subject: Subject): void {
    const tenant = `${'tenant-é'.slice(0, this.rounds % 9)}${this.rounds}`;
    const series: Values[] = [];
    for (let i = 0; i < this.plan.batch; i++) {
      const values: Values = [tenant, `${i}${'x'.repeat(i % 23)}`];
      record(subject, values, 1 + (i % 7));
      if (i % 3 === 0) record(subject, values, 1 + (this.rounds % 5));
      series.push(values);
    }
    this.created += series.length;
    subject.batches.push({ tenant, series });
  }

  /** A label set of an old batch is recorded again: it starts from nothing. */
  private comeBack(subject: Subject): void {
    const values: Values = ['back', String(this.rounds)];
    const handle = subject.family.labels(...values);
    subject.family.remove(...values);
    recordBy(handle, 1);
    subject.expected.set(keyOf(values), expectedOf(subject.family, undefined, 1));
    this.created += 2;
    subject.batches.push({ tenant: 'back', series: [values] });
  }

  /** A batch that is left alone but for a few: the others are gone after the time of their family. */
  private roundOfSessions(): void {
    const { sessions } = this;
    this.create(sessions);
    const { series } = sessions.batches.at(-1)!;
    const busy = series.slice(0, Math.ceil(series.length * BUSY_SHARE));
    for (let look = 0; look < LOOKS_PER_PERIOD + 1; look++) {
      for (const values of busy) record(sessions, values, 1);
      this.beatMs += HEARTBEAT_MS;
      this.engine.beat(this.beatMs);
    }
    const kept = new Set(busy.map(keyOf));
    for (const key of sessions.expected.keys()) if (!kept.has(key)) sessions.expected.delete(key);
    sessions.batches = [{ tenant: '', series: busy }];
  }
}

/**
 * Another thread, which stands between the look at the removal epoch and the store of a recording for as long as it is
 * paused: when it goes on, it writes into the cells that it has found before.
 */
class PausedRecorder {
  private readonly attachment: Attachment;
  private readonly engine: Engine;
  private readonly binding: ArenaFamilyBinding;
  private place: CellPlace | undefined;

  constructor(token: RegistryToken, family: string) {
    this.attachment = new Attachment(attachArena(token.arena), 901);
    this.engine = new Engine(this.attachment, token.settings, {
      overflowCounter: () => assert.fail('nothing overflows here'),
      purge: () => undefined,
    });
    const { descriptor } = this.engine.catalogue.families().find(one => one.descriptor.name === family)!;
    this.binding = this.engine.define(descriptor);
  }

  pauseBeforeStore(values: readonly string[]): void {
    this.place = this.binding.place(values);
  }

  /** Stores, if the series is gone by now; the ledger knows nothing of it, and neither must a scrape. */
  goOn(): void {
    const { place } = this;
    if (place !== undefined && !place.isLive()) {
      const { words, stripeOffset } = ownStripeWriter(this.attachment)!;
      words[(stripeOffset + place.cellOffset) / Int32Array.BYTES_PER_ELEMENT]! += 1_000_000;
    }
    this.place = undefined;
    this.attachment.safePoint();
  }

  close(): void {
    this.engine.close();
    this.attachment.detach();
  }
}

/**
 * Series whose label values grow longer and shorter again over time, as many as a registry holds, the oldest removed one
 * by one. Each size of key was there before in another number, and never all of them at once.
 */
export function drift(series: number): void {
  const registry = new Registry({
    seriesMax: 1_000,
    familySeriesMax: 1_000,
    familiesMax: 4,
    heartbeatMs: HEARTBEAT_MS,
  });
  const counter = registry.counter({ name: 'drifting_total', help: 'Drifting.', labelNames: ['id'] });
  const valueOf = (i: number): string => {
    const turn = (i / series) * 4;
    const share = turn % 2 < 1 ? turn % 1 : 1 - (turn % 1);
    return `${i}`.padEnd(Math.round(share * 250), 'x');
  };
  for (let i = 0; i < series; i++) {
    if (i >= 1_000) counter.remove(valueOf(i - 1_000));
    counter.inc({ id: valueOf(i) }, i + 1);
  }
  const [family] = registry.snapshot().families;
  assert.ok(
    family!.series.every(one => !one.isOverflow),
    'nothing overflows',
  );
  const shown = family!.series.map((one, i) => [one.labelValues()[0], family!.values[i]]);
  const wanted = Array.from({ length: 1_000 }, (_, i) => [
    valueOf(series - 1_000 + i),
    series - 1_000 + i + 1,
  ]);
  assert.deepEqual(shown, wanted);
  assert.deepEqual(blockLedger(engineOf(registry).arena), { problems: [], lostBytes: 0 });
  registry.close();
}

/** Creates series until there have been so many, and checks on the way. */
export function churnUntil(churn: Churn, series: number, checks: number): void {
  const from = churn.created;
  for (let check = 1; check <= checks; check++) {
    while (churn.created < from + ((series - from) * check) / checks) churn.round();
    churn.check();
  }
}

/** What a registry has needed once is enough for whatever comes. */
export function assertSteady(before: MemoryReport, after: MemoryReport): void {
  for (const what of ['slots', 'keyBytes', 'cellBytes'] as const) {
    const growth = after[what] / before[what] - 1;
    assert.ok(growth <= GROWTH_MAX, `${what} grew from ${before[what]} to ${after[what]}`);
  }
}

function subjectOf(family: Subject['family']): Subject {
  return { family, expected: new Map(), batches: [] };
}

function recordBy(handle: CounterHandle | GaugeHandle | HistogramHandle, amount: number): void {
  if ('observe' in handle) handle.observe(amount);
  else if ('set' in handle) handle.set(amount);
  else handle.inc(amount);
}

function record(subject: Subject, values: Values, amount: number): void {
  const [tenant, id] = values;
  const { family, expected } = subject;
  if ('observe' in family) family.observe({ tenant, id }, amount);
  else if ('set' in family) family.set({ tenant, id }, amount);
  else family.inc({ tenant, id }, amount);
  const key = keyOf(values);
  expected.set(key, expectedOf(family, expected.get(key), amount));
}

/** The values that a snapshot must have after a recording, given those before it. */
function expectedOf(family: Subject['family'], before: number[] | undefined, amount: number): number[] {
  if ('observe' in family) {
    const after = before ?? [0, 0, 0, 0];
    const bucket = BOUNDS.findIndex(bound => amount <= bound);
    after[bucket === -1 ? BOUNDS.length : bucket]!++;
    after[BOUNDS.length + 1]! += amount;
    return after;
  }
  return 'set' in family ? [amount] : [(before?.[0] ?? 0) + amount];
}

/** Removes the oldest batch, or with one of the ways all of them. */
function remove(subject: Subject, way: number): void {
  const { family, expected } = subject;
  if (way === 0) {
    family.reset();
    expected.clear();
    subject.batches = [];
    return;
  }
  const { tenant, series } = subject.batches.shift()!;
  if (way === 1) for (const [, id] of series) family.remove({ tenant, id });
  else if (way === 2) for (const values of series) family.remove(...values);
  else if (tenant === 'back') assert.equal(family.removeMatching({ tenant, id: series[0]![1] }), 1);
  else assert.equal(family.removeMatching({ tenant }), series.length);
  for (const values of series) expected.delete(keyOf(values));
}
