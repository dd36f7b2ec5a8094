/**
 * Definition pool: definitions of families that came from other processes, one object for each text.
 *
 * A worker sends the same definitions with every snapshot; renderers keep what they encoded of a definition by its
 * identity.
 */
import { SCHEMA_MAX, SCHEMA_MIN } from '../memory/exponential-index.js';
import { SKETCH_BUCKETS_MAX, SKETCH_INTERVALS_MAX } from '../memory/sketch-shape.js';
import type { SketchShape } from '../memory/sketch-shape.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';

/** More than the families of any program; beyond, it starts over, and everything is encoded once more. */
const DEFINITIONS_MAX = 10_000;

type Check = (value: unknown) => boolean;

const isText: Check = value => typeof value === 'string';
const isNumber: Check = value => typeof value === 'number';
const isTexts: Check = value => Array.isArray(value) && value.every(isText);
const isNumbers: Check = value => Array.isArray(value) && value.every(isNumber);
const isOneOf =
  (...choices: readonly string[]): Check =>
  value =>
    choices.includes(value as string);
const isIn =
  (min: number, max: number): Check =>
  value =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max;

const SKETCH_CHECKS: Readonly<Record<keyof SketchShape, Check>> = {
  bucketsMax: isIn(1, SKETCH_BUCKETS_MAX),
  schema: isIn(SCHEMA_MIN, SCHEMA_MAX),
  zeroThreshold: isNumber,
  intervals: isIn(0, SKETCH_INTERVALS_MAX),
  intervalTicks: isNumber,
};

const CHECKS: Readonly<Record<keyof FamilyDescriptor, Check>> = {
  type: isOneOf('counter', 'gauge', 'histogram', 'summary', 'info', 'stateset'),
  name: value => isText(value) && value !== '',
  help: isText,
  unit: isText,
  labelNames: isTexts,
  aggregator: isOneOf('sum', 'min', 'max', 'average', 'first', 'last', 'omit', 'thread'),
  sharing: isText,
  bounds: isNumbers,
  sketch: value => value === null || isChecked(value, SKETCH_CHECKS),
  quantiles: isNumbers,
  enableExemplars: value => typeof value === 'boolean',
  states: isTexts,
  initial: isText,
  seriesMax: isNumber,
  idleExpirySeconds: isNumber,
  openLabels: value => typeof value === 'boolean',
};

export class DefinitionPool {
  private readonly known = new Map<string, FamilyDescriptor>();

  /** The definition that a text is, or undefined when it is none. */
  find(text: string): FamilyDescriptor | undefined {
    let definition = this.known.get(text);
    if (definition === undefined) {
      definition = parsed(text);
      if (definition === undefined) return undefined;
      if (this.known.size >= DEFINITIONS_MAX) this.known.clear();
      this.known.set(text, definition);
    }
    return definition;
  }
}

function parsed(text: string): FamilyDescriptor | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isChecked(value, CHECKS)) return undefined;
  const definition = value as FamilyDescriptor;
  return definition.type === 'summary' && definition.sketch === null ? undefined : definition;
}

function isChecked(value: unknown, checks: Readonly<Record<string, Check>>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  return Object.entries(checks).every(([name, check]) => Object.hasOwn(fields, name) && check(fields[name]));
}
