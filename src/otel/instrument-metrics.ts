/**
 * Instrument metrics: which metric a series is of that an instrument of OpenTelemetry has recorded.
 *
 * A family may have series of several instruments: of one name in several scopes, or of names that Prometheus has one for.
 * Each series says it in its text, see attribute-set.ts, which is read once and found again by the slot of the series.
 */
import { ATTRIBUTES_LABEL, attributeSetOf, labelsOfAttributes } from '../primitives/attribute-set.js';
import type { InstrumentIdentity } from '../primitives/attribute-set.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { SeriesEntry } from '../registry/catalogue.js';
import type { FamilySnapshot } from '../registry/snapshot.js';
import type { AttributeList, MetricIdentity, MetricKind, MetricScope } from './metric-identity.js';

/** True for a family whose series may be of instruments. */
export function hasInstruments({ labelNames }: FamilyDescriptor): boolean {
  return labelNames[0] === ATTRIBUTES_LABEL;
}

/** True for `target_info`: what it says is in the resource of every export, and is no metric there. */
export function isTarget(descriptor: FamilyDescriptor): boolean {
  return descriptor.type === 'info' && hasInstruments(descriptor);
}

/** The metrics of the series of one registry. */
class InstrumentMetrics {
  /** By slot: the sequence of the series that was looked at, and its metric. */
  private readonly sequences: number[] = [];
  private readonly metrics: (MetricIdentity | undefined)[] = [];
  /** By family: the first metric of it that was found. */
  private readonly first = new Map<string, MetricIdentity>();

  of(family: FamilySnapshot, row: number, kind: MetricKind): MetricIdentity | undefined {
    const slot = family.rows.slots[row]!;
    const sequence = family.rows.sequences[row]!;
    if (this.sequences[slot] !== sequence) {
      this.metrics[slot] = readMetric(family, row, kind);
      this.sequences[slot] = sequence;
      this.keepFirst(family, this.metrics[slot]);
    }
    return this.metrics[slot] ?? this.ofOverflow(family, row, kind);
  }

  private keepFirst({ descriptor: { name } }: FamilySnapshot, metric: MetricIdentity | undefined): void {
    if (metric !== undefined && !this.first.has(name)) this.first.set(name, metric);
  }

  /** The overflow series does not say of which instrument it is; most families have one. */
  private ofOverflow(family: FamilySnapshot, row: number, kind: MetricKind): MetricIdentity | undefined {
    if (!family.entryAt(row).isOverflow) return undefined;
    const { name } = family.descriptor;
    // The rows that are read with it: none of them may have been looked at before.
    for (let other = 0; other < family.rows.length && !this.first.has(name); other++)
      if (other !== row) this.of(family, other, kind);
    return this.first.get(name);
  }
}

const byStore = new WeakMap<object, InstrumentMetrics>();
/** One object for each metric and each scope that there has been: they are compared by identity. */
const metrics = new Map<string, MetricIdentity>();
const scopes = new Map<string, MetricScope>();

/**
 * Undefined for a series that no instrument has made. The overflow series is that of the first instrument of its family.
 *
 * @param kind of the family
 */
export function instrumentMetricOf(
  family: FamilySnapshot,
  row: number,
  kind: MetricKind,
): MetricIdentity | undefined {
  let known = byStore.get(family.store);
  if (known === undefined) byStore.set(family.store, (known = new InstrumentMetrics()));
  return known.of(family, row, kind);
}

function readMetric(family: FamilySnapshot, row: number, kind: MetricKind): MetricIdentity | undefined {
  const { attributeText } = family.entryAt(row);
  if (attributeText === undefined) return undefined;
  const { instrument } = attributeSetOf(attributeText);
  return instrument.name === '' ? undefined : metricOfInstrument(instrument, family.descriptor.help, kind);
}

function metricOfInstrument(instrument: InstrumentIdentity, help: string, kind: MetricKind): MetricIdentity {
  const key = JSON.stringify([instrument, help, kind]);
  let metric = metrics.get(key);
  if (metric === undefined) {
    const { name, unit } = instrument;
    metric = {
      scope: scopeOf(instrument),
      name,
      // A family has to say what it is: that of an instrument which does not has its name there.
      description: help === name ? '' : help,
      unit,
      kind: kind === 'gauge' && instrument.kind === 'updowncounter' ? 'upDownSum' : kind,
      isObserved: instrument.kind === 'observable_counter',
    };
    metrics.set(key, metric);
  }
  return metric;
}

function scopeOf({ scopeName, scopeVersion, schemaUrl }: InstrumentIdentity): MetricScope {
  const key = JSON.stringify([scopeName, scopeVersion, schemaUrl]);
  let scope = scopes.get(key);
  if (scope === undefined) {
    scope = { name: scopeName, version: scopeVersion, schemaUrl };
    scopes.set(key, scope);
  }
  return scope;
}

/** As they were recorded, with their types, and what is shown beside them: default labels. Undefined for other series. */
export function instrumentAttributesOf(
  entry: SeriesEntry,
  { labelNames }: FamilyDescriptor,
): AttributeList | undefined {
  const { attributeText } = entry;
  if (attributeText === undefined) return undefined;
  const set = attributeSetOf(attributeText);
  const own = labelsOfAttributes(set);
  const values = entry.labelValues();
  const shown = labelNames.map((name, i) => [name, values[i]!] as const);
  const added = shown.filter(([name, value]) => name !== ATTRIBUTES_LABEL && value !== '' && !own.has(name));
  return [...set.attributes, ...added];
}
