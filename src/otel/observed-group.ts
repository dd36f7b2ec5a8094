/**
 * Observed group: observable instruments that are collected together - one alone, or those that batch callbacks share - and
 * the callbacks that give them values.
 *
 * Promises  Values are taken over when all callbacks of the group have ended, so what they do not observe is gone and not late.
 *           A callback that does not end holds up its own group, and no other.
 */
import type { Attributes, BatchObservableCallback, Observable } from '@opentelemetry/api';
import { attributeText, fieldsOf } from '../primitives/attribute-set.js';
import { wholeOf } from './combined-instruments.js';
import type { Observation } from './observed-series.js';
import type { ObservedStream } from './slot-observable.js';
import { SlotObservable } from './slot-observable.js';

export interface Batch {
  readonly callback: BatchObservableCallback;
  readonly instruments: ReadonlySet<SlotObservable>;
}

type Observe = (instrument: SlotObservable, value: number, attributes: Attributes | undefined) => void;

interface Call {
  readonly instruments: readonly SlotObservable[];
  readonly run: () => void | Promise<void>;
}

interface Failure {
  readonly call: Call;
  readonly error: unknown;
}

export class ObservedGroup {
  readonly instruments = new Set<SlotObservable>();
  batches: readonly Batch[] = [];
  private running: Promise<void> | undefined;

  /** One run at a time: a callback that has not ended is not called again. Rejects when some callbacks have failed. */
  collect(): Promise<void> {
    this.running ??= this.run().finally(() => (this.running = undefined));
    return this.running;
  }

  /** Ends the values of gauges, and leaves totals to the next provider. What callbacks that go on observe is not taken over. */
  close(): void {
    for (const { streams } of this.instruments) for (const { series } of streams) series.end();
    this.instruments.clear();
    this.batches = [];
  }

  private async run(): Promise<void> {
    const seen = new Map<ObservedStream, Map<string, Observation>>();
    const instruments = [...this.instruments];
    for (const { streams } of instruments) for (const stream of streams) seen.set(stream, new Map());
    const failures = await this.runCallbacks((instrument, value, attributes) => {
      if (typeof value !== 'number' || Number.isNaN(value)) return;
      // Once: a getter may give another value each time.
      const fields = fieldsOf(attributes);
      for (const stream of instrument.streams) {
        const series = attributeText(stream.instrument, fields, stream.isKept);
        const isSummand = stream.isKept !== undefined && stream.series.isAdded;
        const key = isSummand ? attributeText(stream.instrument, fields) : series;
        seen.get(stream)?.set(key, { series, value: instrument.isWhole ? wholeOf(value) : value });
      }
    });
    const failed = new Set(failures.flatMap(({ call }) => call.instruments));
    for (const instrument of instruments) {
      // Closed meanwhile, its values have ended; in another group, they are those of its next run.
      if (!this.instruments.has(instrument)) continue;
      for (const stream of instrument.streams) stream.series.take(seen.get(stream)!, !failed.has(instrument));
    }
    if (failures.length > 0) throw new Error(failures.map(({ error }) => shown(error)).join('; '));
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

/** What callbacks of others throw may not be shown as it is. */
function shown(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'an error that cannot be shown';
  }
}
