/** Bind: an instrument of the OpenTelemetry API with its attributes, for call sites that record the same series again and again. */
import { inspect } from 'node:util';
import type { Attributes, Counter, Gauge, Histogram, UpDownCounter } from '@opentelemetry/api';
import type { BoundAdder, BoundRecorder } from './slot-instruments.js';

interface Bindable<B> {
  bind(attributes?: Attributes): B;
}

/**
 * An instrument that records with these attributes and looks nothing up: a handle of its series. Keep it. The attributes are
 * those of this moment.
 *
 * An instrument of another provider is taken too: it is called with the attributes then, and costs what it costs. So a library
 * may bind whatever the API has given it.
 *
 * @throws TypeError for what is no synchronous instrument
 */
export function bindInstrument(instrument: Counter | UpDownCounter, attributes?: Attributes): BoundAdder;
export function bindInstrument(instrument: Gauge | Histogram, attributes?: Attributes): BoundRecorder;
export function bindInstrument(
  instrument: Counter | UpDownCounter | Gauge | Histogram,
  attributes?: Attributes,
): BoundAdder | BoundRecorder {
  if (typeof instrument === 'object' && instrument !== null) {
    if (isBindable(instrument)) return instrument.bind(attributes);
    if ('add' in instrument) return { add: value => instrument.add(value, attributes) };
    if ('record' in instrument) return { record: value => instrument.record(value, attributes) };
  }
  throw new TypeError(
    `bindInstrument takes a counter, an up-down counter, a gauge or a histogram of the API, not ${inspect(instrument, { depth: 0 })}`,
  );
}

function isBindable(instrument: object): instrument is Bindable<BoundAdder | BoundRecorder> {
  return typeof (instrument as Partial<Bindable<unknown>>).bind === 'function';
}
