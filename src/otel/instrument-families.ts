/**
 * Instrument families: the family of a registry that a stream of an instrument records into.
 *
 * Instruments share a family when Prometheus has one name for them: those of one name in several scopes, which are told apart
 * by the labels of their scope, and `a.b` beside `a_b`. What cannot share - a gauge and a histogram of one name - gets a name
 * that says its kind, and a process warning: an exposition with two families of one name is invalid as a whole, and to leave
 * one of them out would lose what it counts. OTLP has the names as they were given.
 */
import { ArenaFullError } from '../errors.js';
import type { CounterHandle, CounterOptions } from '../primitives/counter.js';
import type { GaugeHandle, GaugeOptions } from '../primitives/gauge.js';
import type { HistogramHandle, HistogramOptions } from '../primitives/histogram.js';
import { TotalCounter } from '../primitives/total-counter.js';
import type { Registry } from '../registry/registry.js';
import { familyNameOf, otherFamilyName } from './instrument-name.js';
import type { FamilyName } from './instrument-name.js';
import { InstrumentWarnings } from './instrument-warnings.js';
import type { Aggregator } from './view-config.js';
import type { Stream } from './views.js';

/** Help of an instrument that has neither a description nor a name. */
const UNNAMED = 'An instrument without a name.';
/** Names that are tried for an instrument whose own name is another family's. */
const OTHER_NAMES_MAX = 9;

/** What a stream needs of its family: handles and series by the text of attribute-set.ts. */
export interface InstrumentFamily<H> {
  readonly name: string;
  labels(text: string): H;
  remove(text: string): void;
}

export type CounterFamily = InstrumentFamily<CounterHandle>;
export type GaugeFamily = InstrumentFamily<GaugeHandle>;
export type HistogramFamily = InstrumentFamily<HistogramHandle>;
/** Of an observable counter that every thread observes as the total of the process. */
export type TotalFamily = Pick<TotalCounter<string>, 'name' | 'raise'>;

interface FamilyOfStream {
  readonly help: string;
  readonly openLabels: true;
  readonly seriesMax?: number;
  readonly enableExemplars?: boolean;
}

/** Total counters of this thread, which a registry knows as counters only: a provider that is started again finds them. */
const totalsOf = new WeakMap<Registry, Map<string, TotalCounter<string>>>();

export class InstrumentFamilies {
  readonly warnings = new InstrumentWarnings();
  private readonly totals: Map<string, TotalCounter<string>>;

  /** @param hasExemplars counters and histograms have room for exemplars */
  constructor(
    private readonly registry: Registry,
    private readonly hasExemplars: boolean,
  ) {
    this.totals = totalsOf.get(registry) ?? new Map<string, TotalCounter<string>>();
    totalsOf.set(registry, this.totals);
  }

  /** Undefined when there is no space, or no name, for the family; a process warning says so. */
  counter(stream: Stream): CounterFamily | undefined {
    const described = this.described(stream);
    return this.define(stream, named =>
      this.registry.counter<string>({ ...described, ...named } as CounterOptions<string>),
    );
  }

  /** As counter(). */
  total(stream: Stream): TotalFamily | undefined {
    const { enableExemplars: _, ...described } = this.described(stream);
    return this.define(stream, named => {
      const known = this.totals.get(named.name);
      // Another one, or none, once the family was removed.
      if (known !== undefined && this.registry.getSingleMetric(named.name) === known) return known;
      const total = new TotalCounter<string>({
        ...described,
        ...named,
        registers: [this.registry],
      } as CounterOptions<string>);
      this.totals.set(named.name, total);
      return total;
    });
  }

  /** As counter(). */
  gauge(stream: Stream): GaugeFamily | undefined {
    const { enableExemplars: _, ...described } = this.described(stream);
    const { sharing } = stream;
    const aggregator = aggregatorOf(stream);
    return this.define(stream, named =>
      this.registry.gauge<string>({
        ...described,
        ...named,
        aggregator,
        ...(sharing !== undefined && { sharing }),
      } as GaugeOptions<string>),
    );
  }

  /** As counter(). */
  histogram(stream: Stream): HistogramFamily | undefined {
    const described = this.described(stream);
    const { boundaries, exponential } = stream;
    const buckets = exponential === undefined ? { buckets: boundaries } : { native: nativeOf(exponential) };
    return this.define(stream, named =>
      this.registry.histogram<string>({ ...described, ...named, ...buckets } as HistogramOptions<string>),
    );
  }

  private described({ name, description, seriesMax, kind }: Stream): FamilyOfStream {
    return {
      // A family has to say what it is; an instrument need not.
      help: description || name || UNNAMED,
      openLabels: true,
      ...(seriesMax !== undefined && { seriesMax }),
      ...(this.hasExemplars && (kind === 'counter' || kind === 'histogram') && { enableExemplars: true }),
    };
  }

  private define<F>(stream: Stream, create: (named: FamilyName) => F): F | undefined {
    const { name, unit, kind } = stream;
    const own = familyNameOf(name, unit, kind);
    let problem = '';
    for (let attempt = 0; attempt <= OTHER_NAMES_MAX; attempt++) {
      const named = attempt === 0 ? own : otherFamilyName(own, kind, attempt);
      try {
        const family = create(named);
        if (attempt > 0) this.warnings.shownAs(stream, named.name, problem);
        return family;
      } catch (error) {
        if (attempt === 0 || error instanceof ArenaFullError) problem = (error as Error).message;
        if (error instanceof ArenaFullError) break;
      }
    }
    this.warnings.recordsNothing(stream, problem);
    return undefined;
  }
}

/** True where the value of a gauge's series is one of all threads. */
export function isShared(stream: Stream): boolean {
  return stream.sharing === 'atomic' || aggregatorOf(stream) === 'last';
}

/** What is added up is a sum over the threads; of states, the latest one stands, as within one thread. */
function aggregatorOf({ aggregator, kind }: Stream): Aggregator {
  return aggregator ?? (kind === 'gauge' ? 'last' : 'sum');
}

function nativeOf({ maxSize, maxScale }: NonNullable<Stream['exponential']>) {
  return {
    ...(maxSize !== undefined && { maxBuckets: maxSize }),
    ...(maxScale !== undefined && { schema: maxScale }),
  };
}
