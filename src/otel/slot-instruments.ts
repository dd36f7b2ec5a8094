/**
 * Slot instruments: the synchronous instruments of OpenTelemetry, each recording into the slots of its thread.
 *
 * None of them throws, whatever it is given (OpenTelemetry API, "Error handling"): a value that cannot be recorded is told of
 * by a process warning, once for each instrument, and through the API's logger each time.
 */
import type { Attributes, Counter, Gauge, Histogram, UpDownCounter } from '@opentelemetry/api';
import { diag } from '@opentelemetry/api';
import type { CounterHandle } from '../primitives/counter.js';
import type { GaugeHandle } from '../primitives/gauge.js';
import type { HistogramHandle } from '../primitives/histogram.js';
import { warn } from '../registry/cardinality.js';
import { INSTRUMENT_WARNING } from './instrument-warnings.js';
import type { InstrumentSeries } from './instrument-series.js';

/** An instrument with its attributes: recording looks nothing up. What bind() gives, for counters and up-down counters. */
export interface BoundAdder {
  /** As add() of the instrument. Never throws. */
  add(value: number): void;
}

/** As BoundAdder, for gauges and histograms. */
export interface BoundRecorder {
  /** As record() of the instrument. Never throws. */
  record(value: number): void;
}

/** What is wrong with values that an instrument cannot record. */
class Refusals {
  private isWarned = false;

  constructor(
    private readonly instrument: string,
    private readonly wanted: string,
  ) {}

  refuse(value: unknown): void {
    // Of what is no number, the type alone: to show it might run code of its own.
    const shown = typeof value === 'number' ? String(value) : `a value of type ${typeof value}`;
    const message = `${this.instrument} of OpenTelemetry was given ${shown}, which it does not record: ${this.wanted}`;
    diag.warn(message);
    if (this.isWarned) return;
    this.isWarned = true;
    warn(message, INSTRUMENT_WARNING);
  }
}

/** A counter or an up-down counter of this package, as bind() needs it. */
export interface Adder extends BoundAdder {
  add(value: number, attributes?: Attributes): void;
  bind(attributes?: Attributes): BoundAdder;
}

/** As Adder, a gauge or a histogram. */
export interface Recorder extends BoundRecorder {
  record(value: number, attributes?: Attributes): void;
  bind(attributes?: Attributes): BoundRecorder;
}

export class SlotCounter implements Counter, Adder {
  private readonly refusals: Refusals;

  constructor(
    name: string,
    private readonly series: InstrumentSeries<CounterHandle>,
  ) {
    this.refusals = new Refusals(`counter ${name}`, 'a counter takes finite numbers that are not negative');
  }

  add(value: number, attributes?: Attributes): void {
    if (typeof value === 'number' && value >= 0 && value < Infinity) this.series.of(attributes).inc(value);
    else this.refusals.refuse(value);
  }

  bind(attributes?: Attributes): BoundAdder {
    return new BoundCounter(this.series.of(attributes), this.refusals);
  }
}

class BoundCounter implements BoundAdder {
  constructor(
    private readonly handle: CounterHandle,
    private readonly refusals: Refusals,
  ) {}

  add(value: number): void {
    if (typeof value === 'number' && value >= 0 && value < Infinity) this.handle.inc(value);
    else this.refusals.refuse(value);
  }
}

export class SlotUpDownCounter implements UpDownCounter, Adder {
  private readonly refusals: Refusals;

  constructor(
    name: string,
    private readonly series: InstrumentSeries<GaugeHandle>,
  ) {
    this.refusals = new Refusals(`up-down counter ${name}`, 'it takes finite numbers');
  }

  add(value: number, attributes?: Attributes): void {
    if (Number.isFinite(value)) this.series.of(attributes).inc(value);
    else this.refusals.refuse(value);
  }

  bind(attributes?: Attributes): BoundAdder {
    const handle = this.series.of(attributes);
    const { refusals } = this;
    return { add: value => (Number.isFinite(value) ? handle.inc(value) : refusals.refuse(value)) };
  }
}

export class SlotGauge implements Gauge, Recorder {
  private readonly refusals: Refusals;

  constructor(
    name: string,
    private readonly series: InstrumentSeries<GaugeHandle>,
  ) {
    this.refusals = new Refusals(`gauge ${name}`, 'a gauge takes numbers');
  }

  record(value: number, attributes?: Attributes): void {
    if (typeof value === 'number') this.series.of(attributes).set(value);
    else this.refusals.refuse(value);
  }

  bind(attributes?: Attributes): BoundRecorder {
    const handle = this.series.of(attributes);
    const { refusals } = this;
    return { record: value => (typeof value === 'number' ? handle.set(value) : refusals.refuse(value)) };
  }
}

export class SlotHistogram implements Histogram, Recorder {
  private readonly refusals: Refusals;

  constructor(
    name: string,
    private readonly series: InstrumentSeries<HistogramHandle>,
  ) {
    this.refusals = new Refusals(
      `histogram ${name}`,
      'a histogram takes finite numbers that are not negative',
    );
  }

  record(value: number, attributes?: Attributes): void {
    if (typeof value === 'number' && value >= 0 && value < Infinity)
      this.series.of(attributes).observe(value);
    else this.refusals.refuse(value);
  }

  bind(attributes?: Attributes): BoundRecorder {
    return new BoundHistogram(this.series.of(attributes), this.refusals);
  }
}

class BoundHistogram implements BoundRecorder {
  constructor(
    private readonly handle: HistogramHandle,
    private readonly refusals: Refusals,
  ) {}

  record(value: number): void {
    if (typeof value === 'number' && value >= 0 && value < Infinity) this.handle.observe(value);
    else this.refusals.refuse(value);
  }
}
