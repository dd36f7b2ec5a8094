/**
 * The input when no file is given: an endless stream of calls with the statistics of the trace.
 *
 * Promises  The same seed, rate and disorder give the same events with the same event times: event time starts at a
 *           fixed moment, not now. Arrivals are a Poisson process. `disorder` is the share of events that arrive late
 *           and, separately, of events that arrive twice, as they do behind a broker with at-least-once delivery; the
 *           trace itself has neither.
 */
import { DEFAULT_EVENT_TYPE, type LlmEvent } from '../event.js';
import type { EventSource } from './event-source.js';
import { SeededRandom } from '../random.js';
import { TRACE_PROFILES, tokensAt, type TraceProfile } from './trace-profile.js';

export interface GeneratorOptions {
  readonly seed: number;
  /** Mean events per second of event time. */
  readonly ratePerSecond: number;
  readonly disorder: number;
  /** Events to give, copies included; Infinity for no end. */
  readonly eventsMax: number;
}

const FIRST_EVENT_MS = Date.UTC(2024, 0, 1);
/** Long enough that a part of the delayed events misses its windows, short enough that most do not. */
const DELAY_MEAN_MS = 5_000;
const REDELIVERY_MEAN_MS = 20_000;
/** Several batches for each worker: what is left of a chunk is sent as a partial batch. */
const CHUNK_EVENTS = 4_096;

interface PendingEvent {
  readonly arrivalMs: number;
  readonly event: LlmEvent;
}

export class EventGenerator implements EventSource {
  readonly name: string;
  readonly eventsMax: number;
  private readonly options: GeneratorOptions;
  private readonly random: SeededRandom;
  private readonly pending: PendingEvent[] = [];
  private nextTimeMs = FIRST_EVENT_MS;
  private sequence = 0;
  private givenCount = 0;

  constructor(options: GeneratorOptions) {
    this.options = options;
    this.eventsMax = options.eventsMax;
    this.name = `generator, seed ${options.seed}`;
    this.random = new SeededRandom(options.seed);
  }

  doneRatio(processedCount: number): number | undefined {
    return Number.isFinite(this.eventsMax) ? processedCount / this.eventsMax : undefined;
  }

  async *chunks(): AsyncGenerator<LlmEvent[]> {
    while (this.givenCount < this.eventsMax) {
      const size = Math.min(CHUNK_EVENTS, this.eventsMax - this.givenCount);
      const chunk = Array.from({ length: size }, () => this.nextArrival());
      this.givenCount += size;
      yield chunk;
    }
  }

  async close(): Promise<void> {}

  /** The next event in order of arrival, which is the order of event time except for the delayed ones and copies. */
  private nextArrival(): LlmEvent {
    for (;;) {
      if (this.pending.length > 0 && this.pending[0].arrivalMs <= this.nextTimeMs) {
        return (this.pending.shift() as PendingEvent).event;
      }
      const event = this.createEvent();
      if (this.random.next() < this.options.disorder) {
        this.postpone(event, REDELIVERY_MEAN_MS);
      }
      if (this.random.next() < this.options.disorder) {
        this.postpone(event, DELAY_MEAN_MS);
      } else {
        return event;
      }
    }
  }

  private createEvent(): LlmEvent {
    const { random } = this;
    const profile = this.chooseProfile();
    const timeMs = this.nextTimeMs;
    this.nextTimeMs += random.nextExponential(1000 / this.options.ratePerSecond);
    return {
      id: `generated:${this.sequence++}`,
      timeMs,
      eventType: DEFAULT_EVENT_TYPE,
      model: profile.model,
      contextTokens: tokensAt(profile.contextTokens, random.next()),
      generatedTokens: tokensAt(profile.generatedTokens, random.next()),
    };
  }

  private chooseProfile(): TraceProfile {
    let left = this.random.next();
    for (const profile of TRACE_PROFILES) {
      left -= profile.weight;
      if (left < 0) return profile;
    }
    return TRACE_PROFILES[0];
  }

  private postpone(event: LlmEvent, delayMeanMs: number): void {
    const arrivalMs = event.timeMs + this.random.nextExponential(delayMeanMs);
    const index = this.pending.findIndex(other => other.arrivalMs > arrivalMs);
    this.pending.splice(index < 0 ? this.pending.length : index, 0, { arrivalMs, event });
  }
}
