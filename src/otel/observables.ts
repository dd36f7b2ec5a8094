/**
 * Observables: the observable instruments of a provider in one thread, and the callbacks that give them values.
 *
 * The callbacks run in this thread before any thread scrapes or pushes, as collect callbacks of metrics do: a thread that is
 * late, blocked or gone holds nobody up, and its last values stand.
 */
import type { Attributes, BatchObservableCallback, Observable, ObservableCallback } from '@opentelemetry/api';
import { diag } from '@opentelemetry/api';
import { attributeText } from '../primitives/attribute-set.js';
import type { Registry } from '../registry/registry.js';
import { wholeOf } from './combined-instruments.js';
import type { ObservedSeries } from './observed-series.js';

/** By what name failures of callbacks are told and counted. */
const COLLECTION = 'otel_observable_instruments';
/** Providers of this thread over a registry so far: under one name, the callbacks of the next would replace those of the last. */
const providersOf = new WeakMap<Registry, number>();

/** One stream of an observable instrument. */
export interface ObservedStream {
  readonly series: ObservedSeries;
  readonly instrument: string;
  readonly isKept: ((key: string) => boolean) | undefined;
}

type Observe = (instrument: SlotObservable, value: number, attributes: Attributes | undefined) => void;

export class SlotObservable implements Observable {
  readonly callbacks = new Set<ObservableCallback>();

  constructor(
    readonly name: string,
    readonly streams: readonly ObservedStream[],
    readonly isWhole: boolean,
    private readonly owner: Observables,
  ) {}

  addCallback(callback: ObservableCallback): void {
    this.callbacks.add(callback);
    this.owner.follow(this);
  }

  removeCallback(callback: ObservableCallback): void {
    this.callbacks.delete(callback);
  }
}

interface Call {
  readonly instruments: readonly SlotObservable[];
  readonly run: () => void | Promise<void>;
}

interface Failure {
  readonly call: Call;
  readonly error: unknown;
}

interface Batch {
  readonly callback: BatchObservableCallback;
  readonly instruments: ReadonlySet<SlotObservable>;
}

export class Observables {
  private readonly instruments = new Set<SlotObservable>();
  private batches: Batch[] = [];
  private stopCollecting: (() => void) | undefined;
  private running: Promise<void> | undefined;
  private isClosed = false;

  private readonly collection: string;

  constructor(private readonly registry: Registry) {
    const number = (providersOf.get(registry) ?? 0) + 1;
    providersOf.set(registry, number);
    this.collection = number === 1 ? COLLECTION : `${COLLECTION}_${number}`;
  }

  /** Collects an instrument from now on. */
  follow(instrument: SlotObservable): void {
    if (this.isClosed) return;
    this.instruments.add(instrument);
    // Each time: a registry that was cleared since has forgotten it.
    this.stopCollecting = this.registry.onCollect(this.collection, () => this.collect());
  }

  addBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    const instruments = new Set(observables.filter(one => one instanceof SlotObservable));
    // The specification forbids those of other providers, and to throw.
    if (instruments.size < observables.length)
      diag.warn('a batch callback names instruments that are not of this provider; they stay without values');
    this.removeBatch(callback, observables);
    this.batches.push({ callback, instruments });
    for (const instrument of instruments) this.follow(instrument);
  }

  removeBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    this.batches = this.batches.filter(batch => {
      const own = observables.filter(one => one instanceof SlotObservable);
      const isSame = own.length === batch.instruments.size && own.every(one => batch.instruments.has(one));
      return batch.callback !== callback || !isSame;
    });
  }

  /** Ends the callbacks. Values of gauges end with them. */
  close(): void {
    this.isClosed = true;
    this.stopCollecting?.();
    this.stopCollecting = undefined;
    for (const { streams } of this.instruments)
      for (const { series } of streams) series.take(new Map(), true);
    this.instruments.clear();
    this.batches = [];
  }

  /** One at a time: a callback that has not ended is not called again. Rejects when some callbacks have failed. */
  private collect(): Promise<void> {
    this.running ??= this.run().finally(() => (this.running = undefined));
    return this.running;
  }

  private async run(): Promise<void> {
    const seen = new Map<ObservedStream, Map<string, number>>();
    const instruments = [...this.instruments];
    for (const { streams } of instruments) for (const stream of streams) seen.set(stream, new Map());
    const failures = await this.runCallbacks((instrument, value, attributes) => {
      if (typeof value !== 'number' || Number.isNaN(value)) return;
      for (const stream of instrument.streams) {
        const text = attributeText(stream.instrument, attributes, stream.isKept);
        seen.get(stream)?.set(text, instrument.isWhole ? wholeOf(value) : value);
      }
    });
    // Closed meanwhile, it has ended its gauges, and nobody would end what a late callback has observed.
    if (this.isClosed) return;
    const failed = new Set(failures.flatMap(({ call }) => call.instruments));
    for (const instrument of instruments)
      for (const stream of instrument.streams) stream.series.take(seen.get(stream)!, !failed.has(instrument));
    if (failures.length > 0) throw new Error(failures.map(({ error }) => String(error)).join('; '));
  }

  /** Those that fail have given what they had observed until then. */
  private async runCallbacks(observe: Observe): Promise<Failure[]> {
    const calls = [...this.ownCalls(observe), ...this.batchCalls(observe)];
    const outcomes = await Promise.allSettled(calls.map(async ({ run }) => run()));
    return outcomes.flatMap((outcome, i) =>
      outcome.status === 'rejected' ? [{ call: calls[i]!, error: outcome.reason as unknown }] : [],
    );
  }

  private ownCalls(observe: Observe): Call[] {
    return [...this.instruments].flatMap(instrument => {
      const result = { observe: (value: number, of?: Attributes) => observe(instrument, value, of) };
      return [...instrument.callbacks].map(callback => ({
        instruments: [instrument],
        run: () => callback(result),
      }));
    });
  }

  private batchCalls(observe: Observe): Call[] {
    return this.batches.map(({ callback, instruments }) => {
      const result = {
        observe: (of: Observable, value: number, attributes?: Attributes): void => {
          if (of instanceof SlotObservable && instruments.has(of)) observe(of, value, attributes);
        },
      };
      return { instruments: [...instruments], run: () => callback(result) };
    });
  }
}
