/** Instruments worker: a thread that records through the API of OpenTelemetry what it is told to. */
import { parentPort } from 'node:worker_threads';
import type { Attributes } from '@opentelemetry/api';
import { metrics } from '@opentelemetry/api';
import { startMeterProvider } from '../../src/otel/index.js';

export type InstrumentCommand =
  | { readonly do: 'record'; readonly times: number; readonly attributes: Attributes }
  | { readonly do: 'observe'; readonly total: number; readonly attributes: Attributes }
  | { readonly do: 'shutdown' | 'configuration' };

// What it is given: nothing. The thread that has created it has started its provider.
const metering = startMeterProvider();
const meter = metrics.getMeter('shop');
const counter = meter.createCounter('orders');
const open = meter.createUpDownCounter('orders.open');
const shared = meter.createUpDownCounter('stock');
const size = meter.createHistogram('order.size', {
  unit: 'By',
  advice: { explicitBucketBoundaries: [1, 10] },
});
const observed = new Map<string, readonly [number, Attributes]>();
const observe = (result: { observe(value: number, attributes: Attributes): void }): void => {
  for (const [total, attributes] of observed.values()) result.observe(total, attributes);
};
meter.createObservableCounter('handled', { unit: 's' }).addCallback(observe);
meter.createObservableGauge('level').addCallback(observe);
meter.createObservableUpDownCounter('depth').addCallback(observe);

const port = parentPort!;
port.on('message', (command: InstrumentCommand) => {
  if (command.do === 'record')
    for (let i = 0; i < command.times; i++) {
      counter.add(1, command.attributes);
      open.add(1, command.attributes);
      shared.add(1, command.attributes);
      size.record(i % 20, command.attributes);
    }
  else if (command.do === 'observe')
    observed.set(JSON.stringify(command.attributes), [command.total, command.attributes]);
  else if (command.do === 'shutdown') metering.shutdown();
  port.postMessage(command.do === 'configuration' ? metering.configuration : 'done');
});
port.postMessage('ready');
