/**
 * Process merge: the families of several processes become those of one.
 *
 * Families of one name are added up where their definitions agree in what decides over values. Where they do not - two
 * versions of a program during a restart - the youngest process is right, and what the others have is named as left out.
 */
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { emptyBuckets } from '../memory/bucket-sum.js';
import { FamilySum } from './family-sum.js';
import type { FamilyPart } from './process-snapshot.js';

/** Families of one process, or of all that are gone. */
export interface MergeInput {
  /** The id of the cluster worker, 0 for the primary; undefined for sums of several. */
  readonly process: number | undefined;
  readonly families: readonly FamilyPart[];
}

export interface MergeResult {
  readonly families: FamilyPart[];
  /** Names of families of which some process has another definition than the one that is shown. */
  readonly conflicts: string[];
}

/** Most series of a family that are kept of processes that are gone; the excess is added to its overflow series. */
export const DEPARTED_SERIES_MAX = 10_000;

/** @param inputs from the oldest process to the youngest */
export function mergeProcesses(inputs: readonly MergeInput[]): MergeResult {
  const shown = new Map<string, FamilySum>();
  const conflicts: string[] = [];
  for (const sums of addUp(inputs).values()) {
    for (const sum of sums.values()) {
      const { name } = sum.descriptor;
      if (shown.has(name)) conflicts.push(name);
      shown.set(name, sum);
    }
  }
  const sums = [...shown.values()].filter(({ descriptor }) => descriptor.aggregator !== 'omit');
  return { families: sums.map(sum => sum.result()), conflicts };
}

/**
 * What stays of processes that are gone: counters, histograms and summaries. Gauges, states and infos say what is, and
 * went with the process; so did what it had in a sliding window.
 *
 * @param departed what stayed of those before it
 */
export function withDeparted(departed: readonly FamilyPart[], last: readonly FamilyPart[]): FamilyPart[] {
  const sums = addUp(
    [departed, last.filter(isCounted).map(withoutWindow)].map(families => ({ process: undefined, families })),
    DEPARTED_SERIES_MAX,
  );
  return [...sums.values()].flatMap(definitions => [...definitions.values()].map(sum => sum.result()));
}

/** By name, and by definition with the one of the youngest process last. */
function addUp(inputs: readonly MergeInput[], seriesMax?: number): Map<string, Map<string, FamilySum>> {
  const byName = new Map<string, Map<string, FamilySum>>();
  const definitions = definitionsIn(inputs);
  for (const { process, families } of inputs) {
    for (const family of families) {
      const { name } = family.descriptor;
      const sums = byName.get(name) ?? new Map<string, FamilySum>();
      byName.set(name, sums);
      const key = definitionKey(family.descriptor);
      const { youngest, labelNames } = definitions.get(key)!;
      const sum = sums.get(key) ?? new FamilySum(youngest, [...labelNames]);
      // Last in the map is youngest in use.
      sums.delete(key);
      sums.set(key, sum);
      sum.add(family, { process, seriesMax });
    }
  }
  return byName;
}

interface Definition {
  readonly youngest: FamilyDescriptor;
  /** Those of the youngest first. */
  readonly labelNames: ReadonlySet<string>;
}

function definitionsIn(inputs: readonly MergeInput[]): Map<string, Definition> {
  const definitions = new Map<string, Definition>();
  for (const { descriptor } of inputs.flatMap(({ families }) => families)) {
    const key = definitionKey(descriptor);
    const labelNames = new Set([...descriptor.labelNames, ...(definitions.get(key)?.labelNames ?? [])]);
    definitions.set(key, { youngest: descriptor, labelNames });
  }
  return definitions;
}

function isCounted({ descriptor: { type } }: FamilyPart): boolean {
  return type === 'counter' || type === 'histogram' || type === 'summary';
}

function withoutWindow(family: FamilyPart): FamilyPart {
  const { sketch } = family.descriptor;
  if (sketch === null || sketch.intervals === 0) return family;
  const series = family.series.map(one => ({ ...one, buckets: emptyBuckets(sketch.schema) }));
  return { ...family, series };
}

const keys = new WeakMap<FamilyDescriptor, string>();

/** The same for definitions whose values can be added. */
function definitionKey(descriptor: FamilyDescriptor): string {
  let key = keys.get(descriptor);
  if (key === undefined) {
    const { name, type, aggregator, bounds, states, sketch } = descriptor;
    const { zeroThreshold, intervals } = sketch ?? {};
    key = JSON.stringify([name, type, aggregator, bounds, states, sketch !== null, zeroThreshold, intervals]);
    keys.set(descriptor, key);
  }
  return key;
}
