/** Meters of the OpenTelemetry SDK, filled by a plan; twice, to hold what two threads recorded in a registry of ours. */
import type { Attributes, Meter } from '@opentelemetry/api';
import { DEFAULT_BUCKETS } from '../../src/index.js';
import { PeerUnavailableError } from '../harness/bench-case.js';
import { textOfRequests } from '../harness/otlp-text.js';
import type { FamilyPlan } from './family-plan.js';
import { amountOf, familyName, labelsOf, observationOf } from './family-plan.js';
import type { ScrapeSubject } from './scrape-subject.js';
import { TOUCH_STEP } from './scrape-subject.js';

export async function otelSubject(plan: FamilyPlan): Promise<ScrapeSubject> {
  const { meter, request } = await openExport().catch((error: unknown) => {
    throw new PeerUnavailableError(
      `the OpenTelemetry SDK does not load on Node.js ${process.versions.node}: ${String(error)}`,
    );
  });
  const touches: (() => void)[] = [];
  for (let family = 0; family < plan.families; family++) {
    const record = recorderOf(meter, plan, familyName(plan, family));
    for (let series = 0; series < plan.seriesPerFamily; series++) {
      const touch = record(series);
      if (series % TOUCH_STEP === 0) touches.push(touch);
    }
  }
  let bodyBytes = 0;
  return {
    render: async () => {
      bodyBytes = (await request()).length;
    },
    bodyBytes: () => bodyBytes,
    touch: () => {
      for (const touch of touches) touch();
      return touches.length;
    },
    text: async () => textOfRequests([await request()]),
    recordings: 2,
    close: async () => {},
  };
}

/** What a periodic reader and the exporter do, without the sending. */
async function openExport(): Promise<{ meter: Meter; request: () => Promise<Uint8Array> }> {
  const { MeterProvider, MetricReader } = await import('@opentelemetry/sdk-metrics');
  const { ProtobufMetricsSerializer } = await import('@opentelemetry/otlp-transformer');
  class PullReader extends MetricReader {
    protected override async onShutdown(): Promise<void> {}
    protected override async onForceFlush(): Promise<void> {}
  }
  const reader = new PullReader();
  const meter = new MeterProvider({ readers: [reader] }).getMeter('bench');
  const request = async (): Promise<Uint8Array> => {
    const { resourceMetrics } = await reader.collect();
    return ProtobufMetricsSerializer.serializeRequest(resourceMetrics)!;
  };
  return { meter, request };
}

function recorderOf(meter: Meter, { type }: FamilyPlan, name: string): (series: number) => () => void {
  const options = { description: 'Recorded by a bench.' };
  if (type === 'counter') {
    const counter = meter.createCounter(name, options);
    return recorder(amountOf, (amount, attributes) => counter.add(amount, attributes));
  }
  const advice = { explicitBucketBoundaries: [...DEFAULT_BUCKETS] };
  const histogram = meter.createHistogram(name, { ...options, advice });
  return recorder(observationOf, (value, attributes) => histogram.record(value, attributes));
}

function recorder(
  valueOf: (series: number) => number,
  record: (value: number, attributes: Attributes) => void,
) {
  return (series: number): (() => void) => {
    const attributes = labelsOf(series);
    for (let i = 0; i < 2; i++) record(valueOf(series), attributes);
    return () => record(1, attributes);
  };
}
