/** Definition conflict: what two definitions of one name differ in, by the names of the options that say it. */
import { inspect } from 'node:util';
import { TICKS_PER_SECOND } from '../memory/layout.js';
import type { SketchShape } from '../memory/sketch-shape.js';
import type { FamilyDescriptor, FamilyType } from './family-descriptor.js';
import { relativeErrorOf } from './sketch-options.js';

/** Fields that are called otherwise in options. */
const OPTION_OF: Partial<Record<keyof FamilyDescriptor, string>> = {
  bounds: 'buckets',
  quantiles: 'percentiles',
};
/** Fields whose 0 says that the option was left out. */
const ZERO_IF_ABSENT: readonly (keyof FamilyDescriptor)[] = ['seriesMax', 'idleExpirySeconds'];

/** Of a name that this thread has already. Its text begins as that of prom-client does. */
export function alreadyRegistered(name: string): Error {
  return new Error(
    `A metric with the name ${name} has already been registered. Give this one another name, or take the one that is ` +
      `there: getSingleMetric(${inspect(name)}) of its registry returns it`,
  );
}

type Sides = readonly [name: string, is: unknown, wanted: unknown];

/**
 * What two definitions of one name differ in and what to do about it, as text for an error message; undefined when they
 * are the same.
 */
export function describeConflict(existing: FamilyDescriptor, wanted: FamilyDescriptor): string | undefined {
  const sides = (Object.keys(existing) as (keyof FamilyDescriptor)[]).flatMap((key): Sides[] => {
    // Of two types the sketches are other things, and no option of one is one of the other.
    if (key === 'sketch') return existing.type === wanted.type ? sketchSides(existing, wanted) : [];
    // Instruments of several libraries may share a family, each with a description of its own: the first one stands.
    if (key === 'help' && existing.openLabels) return [];
    return [[OPTION_OF[key] ?? key, shown(existing, key), shown(wanted, key)]];
  });
  const differences = sides.flatMap(([name, is, want]) => {
    const [isText, wantText] = [JSON.stringify(is), JSON.stringify(want)];
    if (isText === wantText) return [];
    return [
      `${name} is ${isText ?? 'not given'}, this definition ${want === undefined ? 'gives none' : `has ${wantText}`}`,
    ];
  });
  if (differences.length === 0) return undefined;
  return `${differences.join('; ')}; define it alike in every place and thread, or choose another name`;
}

function shown(descriptor: FamilyDescriptor, key: keyof FamilyDescriptor): unknown {
  return ZERO_IF_ABSENT.includes(key) && descriptor[key] === 0 ? undefined : descriptor[key];
}

/** A sketch as one option for each side, or as many as both sides have. */
function sketchSides(existing: FamilyDescriptor, wanted: FamilyDescriptor): Sides[] {
  const [is, want] = [optionsOf(existing.type, existing.sketch), optionsOf(wanted.type, wanted.sketch)];
  if (is === undefined || want === undefined) return [['native', is, want]];
  const prefix = existing.type === 'histogram' ? 'native.' : '';
  // Without a window, its intervals are no difference of their own.
  const names = Object.keys(is).filter(
    name => name !== 'ageBuckets' || (is[name] !== undefined && want[name] !== undefined),
  );
  return names.map(name => [`${prefix}${name}`, is[name], want[name]]);
}

/** The options that lead to a sketch; the error and the age as they are kept, which may be rounded. */
function optionsOf(type: FamilyType, sketch: SketchShape | null): Record<string, unknown> | undefined {
  if (sketch === null) return undefined;
  const { bucketsMax: maxBuckets, schema, zeroThreshold, intervals, intervalTicks } = sketch;
  if (type === 'histogram') return { schema, maxBuckets, zeroThreshold };
  const hasWindow = intervals > 0;
  return {
    // The next coarser or finer one is about twice or half of it.
    relativeError: Number(relativeErrorOf(schema).toPrecision(2)),
    maxBuckets,
    maxAgeSeconds: hasWindow ? (intervals * intervalTicks) / TICKS_PER_SECOND : undefined,
    ageBuckets: hasWindow ? intervals : undefined,
  };
}
