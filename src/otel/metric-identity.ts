/**
 * Metric identity: what a family and its series are called in OpenTelemetry.
 *
 *     family  name, unit, help, type   ->  metric       scope, name, unit, description, kind
 *     series  label names and values   ->  data points  attributes
 *
 * The only place that knows, with instrument-metrics.ts for families whose series say themselves what they are.
 */
import type { AttributeValue } from '../primitives/attribute-set.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { INFO_SUFFIX, OVERFLOW_LABEL } from '../primitives/family-descriptor.js';
import type { FamilySnapshot } from '../registry/snapshot.js';
import { hasInstruments, instrumentAttributesOf, instrumentMetricOf } from './instrument-metrics.js';
import { PACKAGE_NAME, PACKAGE_VERSION } from './package-version.js';

export type { AttributeScalar, AttributeValue } from '../primitives/attribute-set.js';
export type AttributeList = readonly (readonly [key: string, value: AttributeValue])[];

/** Who has defined a metric: a library, under its own name. */
export interface MetricScope {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
}

/** Which data points a metric has. The first two are sums over time: what they gain from one export to the next adds up. */
export type MetricKind = 'sum' | 'histogram' | 'exponentialHistogram' | 'upDownSum' | 'gauge' | 'summary';

export interface MetricIdentity {
  readonly scope: MetricScope;
  readonly name: string;
  readonly description: string;
  /** As UCUM has it. */
  readonly unit: string;
  readonly kind: MetricKind;
  /** True for a sum that is read from elsewhere when it is collected, and not recorded: `lowmemory` keeps it cumulative. */
  readonly isObserved: boolean;
}

const OVERFLOW: AttributeList = [[OVERFLOW_LABEL, 'true']];
/** As the specification has it for instruments (OpenTelemetry metrics SDK specification, "Overflow attribute"). */
const INSTRUMENT_OVERFLOW: AttributeList = [['otel.metric.overflow', true]];

const OWN_SCOPE: MetricScope = { name: PACKAGE_NAME, version: PACKAGE_VERSION, schemaUrl: '' };

/** Base units of Prometheus, as UCUM has them. */
const UNITS: Readonly<Record<string, string>> = { seconds: 's', bytes: 'By', ratio: '1', celsius: 'Cel' };

const identities = new WeakMap<FamilyDescriptor, MetricIdentity>();

/** The metric of a row. The same object for all rows of a metric, as long as the descriptor of the family is the same one. */
export function metricOf(family: FamilySnapshot, row: number): MetricIdentity {
  const { descriptor } = family;
  let identity = identities.get(descriptor);
  if (identity === undefined) {
    identity = identityOf(descriptor);
    identities.set(descriptor, identity);
  }
  if (!hasInstruments(descriptor)) return identity;
  return instrumentMetricOf(family, row, identity.kind) ?? identity;
}

/**
 * The attributes of a row, those of its series. Labels without a value are not there, in Prometheus as well.
 *
 * @throws StaleSnapshotError when the series was removed and its slot has been given to another since
 */
export function attributesOf({ descriptor, entryAt }: FamilySnapshot, row: number): AttributeList {
  const entry = entryAt(row);
  if (entry.isOverflow) return hasInstruments(descriptor) ? INSTRUMENT_OVERFLOW : OVERFLOW;
  const recorded = instrumentAttributesOf(entry, descriptor);
  if (recorded !== undefined) return recorded;
  const values = entry.labelValues();
  const attributes: [string, string][] = [];
  for (let i = 0; i < descriptor.labelNames.length; i++) {
    const value = values[i]!;
    if (value !== '') attributes.push([descriptor.labelNames[i]!, value]);
  }
  return attributes;
}

/**
 * The key of one more attribute of a data point: this one, or a longer one if the series has it itself. Two attributes of one
 * key are invalid.
 *
 * @throws StaleSnapshotError as attributesOf()
 */
export function freeKey(key: string, family: FamilySnapshot, row: number): string {
  const { descriptor } = family;
  // Most families cannot have it, and nothing is made for their rows.
  if (!hasInstruments(descriptor) && !descriptor.labelNames.includes(key)) return key;
  const isTaken = attributesOf(family, row).some(([own]) => own === key);
  return isTaken ? freeKey(`${key}_`, family, row) : key;
}

function identityOf(descriptor: FamilyDescriptor): MetricIdentity {
  const { help, name, type, unit } = descriptor;
  return {
    scope: OWN_SCOPE,
    name: type === 'info' ? name + INFO_SUFFIX : name,
    description: help,
    unit: Object.hasOwn(UNITS, unit) ? UNITS[unit]! : unit,
    kind: kindOf(descriptor),
    isObserved: false,
  };
}

/** A metric has one kind: native buckets are an exponential histogram, also beside classic ones. */
function kindOf({ type, sketch }: FamilyDescriptor): MetricKind {
  switch (type) {
    case 'counter':
      return 'sum';
    case 'histogram':
      return sketch === null ? 'histogram' : 'exponentialHistogram';
    case 'summary':
      return 'summary';
    // The data model has neither infos nor state sets: they are gauges, as in the text format 0.0.4.
    case 'info':
    case 'stateset':
    case 'gauge':
      return 'gauge';
  }
}
