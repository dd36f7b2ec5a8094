/** Slot meter: a meter of OpenTelemetry whose instruments record into the slots of a registry. */
import type {
  BatchObservableCallback,
  Counter,
  Gauge,
  Histogram,
  Meter,
  MetricOptions,
  Observable,
  UpDownCounter,
} from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import { instrumentText } from '../primitives/attribute-set.js';
import { adderOf, recorderOf } from './combined-instruments.js';
import { descriptionOf, givenText } from './given-description.js';
import { isShared } from './instrument-families.js';
import type { InstrumentFamilies, InstrumentFamily } from './instrument-families.js';
import { InstrumentSeries } from './instrument-series.js';
import { SlotObservable } from './slot-observable.js';
import type { Observables } from './observables.js';
import type { ObservedStream } from './slot-observable.js';
import { ObservedCounter, ObservedGauge, ObservedTotal } from './observed-series.js';
import type { ObservedSeries } from './observed-series.js';
import { SlotCounter, SlotGauge, SlotHistogram, SlotUpDownCounter } from './slot-instruments.js';
import type { Adder, Recorder } from './slot-instruments.js';
import type { Placed } from './attribute-cache.js';
import type { InstrumentType, ViewConfig } from './view-config.js';
import { streamsOf } from './views.js';
import type { Scope, Stream } from './views.js';

/** What the meters of a provider share. */
export interface MeterParts {
  readonly families: InstrumentFamilies;
  readonly observables: Observables;
  readonly views: readonly ViewConfig[];
}

export class SlotMeter implements Meter {
  private readonly observed = new Map<string, SlotObservable>();

  constructor(
    private readonly scope: Scope,
    private readonly parts: MeterParts,
  ) {}

  createCounter(name: string, options?: MetricOptions): Counter & Adder {
    const adders = this.streams('counter', name, options).flatMap(stream => {
      const series = this.seriesOf(stream, this.parts.families.counter(stream));
      return series === undefined ? [] : [new SlotCounter(stream.name, series)];
    });
    return adderOf(adders, isWhole(options));
  }

  createUpDownCounter(name: string, options?: MetricOptions): UpDownCounter & Adder {
    const adders = this.streams('updowncounter', name, options).flatMap(stream => {
      const series = this.seriesOf(stream, this.parts.families.gauge(stream));
      return series === undefined ? [] : [new SlotUpDownCounter(stream.name, series)];
    });
    return adderOf(adders, isWhole(options));
  }

  createGauge(name: string, options?: MetricOptions): Gauge & Recorder {
    const recorders = this.streams('gauge', name, options).flatMap(stream => {
      const series = this.seriesOf(stream, this.parts.families.gauge(stream));
      return series === undefined ? [] : [new SlotGauge(stream.name, series)];
    });
    return recorderOf(recorders, isWhole(options));
  }

  createHistogram(name: string, options?: MetricOptions): Histogram & Recorder {
    const recorders = this.streams('histogram', name, options).flatMap(stream => {
      const series = this.seriesOf(stream, this.parts.families.histogram(stream));
      return series === undefined ? [] : [new SlotHistogram(stream.name, series)];
    });
    return recorderOf(recorders, isWhole(options));
  }

  createObservableCounter(name: string, options?: MetricOptions): Observable {
    const { families } = this.parts;
    return this.observable('observable_counter', name, options, stream => {
      if (stream.aggregator === 'max') {
        const family = families.total(stream);
        return family && new ObservedTotal(family);
      }
      const family = families.counter(stream);
      return family && new ObservedCounter(family);
    });
  }

  createObservableUpDownCounter(name: string, options?: MetricOptions): Observable {
    return this.observable('observable_updowncounter', name, options, stream => this.observedGauge(stream));
  }

  createObservableGauge(name: string, options?: MetricOptions): Observable {
    return this.observable('observable_gauge', name, options, stream => this.observedGauge(stream));
  }

  addBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    this.parts.observables.addBatch(callback, observables);
  }

  removeBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    this.parts.observables.removeBatch(callback, observables);
  }

  private observable(
    type: InstrumentType,
    name: string,
    options: MetricOptions | undefined,
    observe: (stream: Stream) => ObservedSeries | undefined,
  ): SlotObservable {
    const streams = this.streams(type, name, options).flatMap((stream): ObservedStream[] => {
      const series = observe(stream);
      if (series === undefined) return [];
      return [{ series, instrument: this.identityOf(stream), isKept: stream.isKept }];
    });
    const { observables } = this.parts;
    return this.known(type, new SlotObservable(givenText(name), streams, isWhole(options), observables));
  }

  /**
   * The instrument that was created alike before, if there is one: some libraries create theirs again whenever they are given
   * a provider, and what two of them observe as the same total must not count twice.
   */
  private known(type: InstrumentType, created: SlotObservable): SlotObservable {
    const { name, isWhole: isInteger, streams } = created;
    const key = JSON.stringify([type, name, isInteger, streams.map(({ instrument }) => instrument)]);
    const known = this.observed.get(key);
    // Of a registry that was cleared since, the families are others.
    const isSame = known?.streams.every(({ series }, i) => series.family === streams[i]!.series.family);
    if (isSame === true) return known!;
    this.observed.set(key, created);
    return created;
  }

  private observedGauge(stream: Stream): ObservedGauge | undefined {
    const family = this.parts.families.gauge(stream);
    const isAdded = stream.kind === 'updowncounter';
    return family && new ObservedGauge(family, { isShared: isShared(stream), isAdded });
  }

  private streams(type: InstrumentType, name: string, options: MetricOptions | undefined): Stream[] {
    const streams = streamsOf(this.parts.views, descriptionOf(type, name, options), this.scope);
    this.parts.families.warnings.twinsIn(streams, givenText(name));
    return streams;
  }

  private seriesOf<H extends Placed>(
    stream: Stream,
    family: InstrumentFamily<H> | undefined,
  ): InstrumentSeries<H> | undefined {
    return family && new InstrumentSeries(family, this.identityOf(stream), stream.isKept);
  }

  private identityOf({ kind: of, isObservable, name, unit }: Stream): string {
    const { name: scopeName, version: scopeVersion, schemaUrl } = this.scope;
    const kind = of === 'counter' && isObservable ? 'observable_counter' : of;
    return instrumentText({ kind, name, unit, scopeName, scopeVersion, schemaUrl });
  }
}

function isWhole(options: MetricOptions | undefined): boolean {
  return options?.valueType === ValueType.INT;
}
