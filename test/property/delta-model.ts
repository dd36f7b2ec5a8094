/**
 * Delta model: what has been recorded into a registry, by series, and what of it a receiver has been told.
 *
 * A series is a list of values. A request that arrives tells all that were there when it was read; a removal takes those
 * along that nobody was told. So what was delivered, and what is told next, is known without any subtraction.
 */
import assert from 'node:assert/strict';
import { attributesIn, pointsOf } from '../unit/otel/decoded-metrics.js';
import type { DecodedMetric, DecodedPoint } from '../unit/otel/decoded-metrics.js';

interface Told {
  count: number;
  sum: number;
  zeroCount: number;
  /** By index and scale, as they came. */
  readonly buckets: {
    readonly scale: number;
    readonly index: number;
    readonly sign: 1 | -1;
    count: number;
  }[];
  /** When the last point has ended, in this life of the series: the clock of a test is ahead of that of its creation. */
  lastNs: bigint;
}

interface Series {
  values: number[];
  /** How many of the values the receiver has been told. */
  deliveredValues: number;
  readonly told: Told;
}

export type Kind = 'counter' | 'classic' | 'native';
export const KINDS: readonly Kind[] = ['counter', 'classic', 'native'];
export const CLASSIC_BOUNDS: readonly number[] = [1, 10];

export class DeltaModel {
  private readonly series = new Map<string, Series>();

  record(kind: Kind, label: string, value: number): void {
    this.of(`${kind} ${label}`).values.push(value);
  }

  remove(kind: Kind, label: string): void {
    endLife(this.of(`${kind} ${label}`));
  }

  removeAll(): void {
    for (const series of this.series.values()) endLife(series);
  }

  /** A request with these metrics has arrived. */
  receive(metrics: ReadonlyMap<string, DecodedMetric>): void {
    for (const kind of KINDS) {
      const metric = metrics.get(kind);
      if (metric === undefined) continue;
      for (const point of pointsOf(metric)) {
        const series = this.of(`${kind} ${String(attributesIn(point.attributes)['l'])}`);
        addPoint(series.told, point);
        series.deliveredValues = series.values.length;
      }
    }
  }

  /** What has arrived is what was recorded up to then. */
  check(): void {
    for (const [key, { values, deliveredValues, told }] of this.series) {
      const delivered = values.slice(0, deliveredValues);
      const sum = delivered.reduce((total, value) => total + value, 0);
      if (key.startsWith('counter')) {
        assert.equal(told.sum, sum, key);
        continue;
      }
      assert.equal(told.count, deliveredValues, `${key}: count`);
      assert.equal(told.sum, sum, `${key}: sum`);
      if (key.startsWith('native')) checkNative(key, told, delivered);
      else checkClassic(key, told, delivered);
    }
  }

  /** Everything that is there has arrived. */
  checkComplete(): void {
    this.check();
    for (const [key, { values, deliveredValues }] of this.series)
      assert.equal(deliveredValues, values.length, `${key} was not told of all that it has counted`);
  }

  private of(key: string): Series {
    let series = this.series.get(key);
    if (series === undefined) {
      const told: Told = { count: 0, sum: 0, zeroCount: 0, buckets: [], lastNs: 0n };
      this.series.set(key, (series = { values: [], deliveredValues: 0, told }));
    }
    return series;
  }
}

function endLife(series: Series): void {
  series.values = series.values.slice(0, series.deliveredValues);
  series.told.lastNs = 0n;
}

function addPoint(told: Told, point: DecodedPoint): void {
  const startNs = BigInt(point.startTimeUnixNano!);
  const endNs = BigInt(point.timeUnixNano);
  assert.ok(startNs >= told.lastNs, 'a point begins before the one before it has ended');
  assert.ok(startNs <= endNs, 'a point ends before it begins');
  told.lastNs = endNs;
  const gained = point.asDouble === undefined ? Number(point.count) : Number(point.asDouble);
  assert.ok(gained > 0, 'a point that says nothing');
  told.count += Number(point.count ?? 0);
  told.sum += Number(point.sum ?? point.asDouble ?? 0);
  told.zeroCount += Number(point.zeroCount ?? 0);
  for (const [index, count] of (point.bucketCounts ?? []).entries())
    told.buckets.push({ scale: 0, index, sign: 1, count: Number(count) });
  for (const [run, sign] of [
    [point.positive, 1],
    [point.negative, -1],
  ] as const) {
    for (const [i, count] of (run?.bucketCounts ?? []).entries())
      told.buckets.push({
        scale: point.scale ?? 0,
        index: (run!.offset ?? 0) + i,
        sign,
        count: Number(count),
      });
  }
}

function checkClassic(key: string, told: Told, delivered: readonly number[]): void {
  for (let index = 0; index <= CLASSIC_BOUNDS.length; index++) {
    const edges = [-Infinity, ...CLASSIC_BOUNDS, Infinity];
    const wanted = delivered.filter(value => value > edges[index]! && value <= edges[index + 1]!).length;
    const counted = told.buckets.filter(bucket => bucket.index === index);
    assert.equal(totalOf(counted), wanted, `${key}: bucket ${index}`);
  }
}

/** At the coarsest scale that came: finer buckets lie whole in coarser ones. */
function checkNative(key: string, told: Told, delivered: readonly number[]): void {
  const scale = Math.min(...told.buckets.map(bucket => bucket.scale));
  assert.equal(told.zeroCount, delivered.filter(value => value === 0).length, `${key}: zero`);
  const counts = new Map<string, number>();
  const add = (index: number, count: number): void => {
    if (count !== 0) counts.set(String(index), (counts.get(String(index)) ?? 0) + count);
  };
  for (const bucket of told.buckets)
    add(Math.floor(bucket.index / 2 ** (bucket.scale - scale)), bucket.count);
  const wanted = new Map<string, number>();
  for (const value of delivered.filter(one => one > 0)) {
    // No value of these lies on a bound.
    const index = String(Math.floor(Math.log2(value) * 2 ** scale));
    wanted.set(index, (wanted.get(index) ?? 0) + 1);
  }
  assert.deepEqual(counts, wanted, `${key}: buckets at scale ${scale}`);
}

function totalOf(buckets: readonly { readonly count: number }[]): number {
  return buckets.reduce((total, { count }) => total + count, 0);
}
