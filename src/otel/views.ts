/** Views: which streams an instrument has, by the views of the configuration (OpenTelemetry metrics SDK specification, "View"). */
import type { InstrumentKind } from '../primitives/attribute-set.js';
import type { Aggregator, InstrumentType, ViewAggregation, ViewConfig } from './view-config.js';

export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
}

/** An instrument as a library has asked for it. */
export interface InstrumentDescription {
  readonly type: InstrumentType;
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  /** Bounds that the library advises for a histogram. */
  readonly boundaries: readonly number[] | undefined;
}

/** What one view makes of an instrument: a metric with series of its own. */
export interface Stream {
  readonly kind: InstrumentKind;
  readonly isObservable: boolean;
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  /** Bounds of a histogram, or its exponential buckets. */
  readonly boundaries: readonly number[] | undefined;
  readonly exponential: { readonly maxSize?: number; readonly maxScale?: number } | undefined;
  readonly isKept: ((key: string) => boolean) | undefined;
  readonly aggregator: Aggregator | undefined;
  readonly sharing: 'striped' | 'atomic' | undefined;
  readonly seriesMax: number | undefined;
}

/** What a histogram has when nobody names bounds (OpenTelemetry metrics SDK specification, "Explicit Bucket Histogram"). */
const DEFAULT_BOUNDARIES: readonly number[] = [
  0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000,
];

const KINDS: Readonly<Record<InstrumentType, InstrumentKind>> = {
  counter: 'counter',
  observable_counter: 'counter',
  updowncounter: 'updowncounter',
  observable_updowncounter: 'updowncounter',
  gauge: 'gauge',
  observable_gauge: 'gauge',
  histogram: 'histogram',
};

/** The streams of an instrument: one for each view that chooses it, or one of its own; none when all of them drop it. */
export function streamsOf(
  views: readonly ViewConfig[],
  instrument: InstrumentDescription,
  scope: Scope,
): Stream[] {
  const chosen = views.filter(view => isFor(view, instrument, scope));
  return (chosen.length === 0 ? [{}] : chosen)
    .filter(({ aggregation }) => aggregation?.type !== 'drop')
    .map(view => streamOf(view, instrument));
}

function isFor(view: ViewConfig, { type, name, unit }: InstrumentDescription, scope: Scope): boolean {
  return (
    (view.instrumentName === undefined || matches(view.instrumentName, name)) &&
    isEqual(view.instrumentType, type) &&
    isEqual(view.instrumentUnit, unit) &&
    isEqual(view.meterName, scope.name) &&
    isEqual(view.meterVersion, scope.version) &&
    isEqual(view.meterSchemaUrl, scope.schemaUrl)
  );
}

function isEqual(wanted: string | undefined, value: string): boolean {
  return wanted === undefined || wanted === value;
}

/** Names of instruments are the same in any case of letters. */
function matches(pattern: string, name: string): boolean {
  const source = pattern.replace(/[.*+?^${}()|[\]\\]/g, mark =>
    mark === '*' ? '.*' : mark === '?' ? '.' : `\\${mark}`,
  );
  return new RegExp(`^${source}$`, 'is').test(name);
}

function streamOf(view: ViewConfig, instrument: InstrumentDescription): Stream {
  const kind = KINDS[instrument.type];
  return {
    kind,
    isObservable: instrument.type.startsWith('observable_'),
    name: view.name ?? instrument.name,
    unit: instrument.unit,
    description: view.description ?? instrument.description,
    ...bucketsOf(kind, view.aggregation, instrument),
    isKept: filterOf(view),
    aggregator: view.aggregator,
    sharing: view.sharing,
    seriesMax: view.seriesMax,
  };
}

function bucketsOf(
  kind: InstrumentKind,
  aggregation: ViewAggregation | undefined,
  { boundaries }: InstrumentDescription,
): Pick<Stream, 'boundaries' | 'exponential'> {
  if (kind !== 'histogram') return { boundaries: undefined, exponential: undefined };
  if (aggregation?.type === 'exponential_buckets') {
    const { maxSize, maxScale } = aggregation;
    const exponential = {
      ...(maxSize !== undefined && { maxSize }),
      ...(maxScale !== undefined && { maxScale }),
    };
    return { boundaries: undefined, exponential };
  }
  const named = aggregation?.type === 'explicit_buckets' ? aggregation.boundaries : boundaries;
  return { boundaries: named ?? DEFAULT_BOUNDARIES, exponential: undefined };
}

function filterOf({ attributeKeys, dropAttributeKeys }: ViewConfig): Stream['isKept'] {
  if (attributeKeys !== undefined) {
    const kept = new Set(attributeKeys);
    return key => kept.has(key);
  }
  if (dropAttributeKeys === undefined) return undefined;
  const dropped = new Set(dropAttributeKeys);
  return key => !dropped.has(key);
}
