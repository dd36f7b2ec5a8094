/** Registries of this library, filled by a plan from two threads, so that a render has two stripes to sum. */
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Registry } from '../../src/index.js';
import type { RegistryOptions } from '../../src/index.js';
import { DeliveredValues } from '../../src/otel/delivered-values.js';
import { OtlpProtobufEncoder } from '../../src/otel/otlp-protobuf.js';
import { PushRequests } from '../../src/otel/push-requests.js';
import { exportRegistry } from '../../src/registry/registry-export.js';
import { textOfRequests } from '../harness/otlp-text.js';
import type { FamilyPlan } from './family-plan.js';
import {
  amountOf,
  familyName,
  LABEL_NAMES,
  labelsOf,
  LINES_PER_SERIES,
  observationOf,
  seriesCount,
} from './family-plan.js';
import type { ScrapeSubject } from './scrape-subject.js';
import { TOUCH_STEP } from './scrape-subject.js';

const STRIPE_FILE = join(import.meta.dirname, 'second-stripe.js');
/** More than the plan needs: at four fifths of a limit a registry warns. */
const HEADROOM = 1.5;
const CELL_BYTES_PER_LINE = 16;
const KEY_BYTES = 128;
/** The default of a push. */
const OTLP_POINTS_MAX = 10_000;

/** What is rendered: a string, as other libraries do, or the bytes of a format that a server sends. */
export type OwnForm = 'string' | 'OTLP protobuf' | keyof typeof ACCEPT;

/** What a scraper sends for each format. */
const ACCEPT = {
  'text 0.0.4': 'text/plain; version=0.0.4',
  'text 1.0.0': 'text/plain; version=1.0.0; escaping=allow-utf-8',
  OpenMetrics: 'application/openmetrics-text; version=1.0.0',
  protobuf: 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
} as const;

type FormatName = keyof typeof ACCEPT;

export async function ownSubject(plan: FamilyPlan, form: OwnForm): Promise<ScrapeSubject> {
  const registry = new Registry(optionsFor(plan));
  const touches = recordPlan(registry, plan);
  const worker = new Worker(STRIPE_FILE, { workerData: { token: registry.share(), plan } });
  await once(worker, 'message');
  const exporter = form === 'OTLP protobuf' ? otlpExporter() : undefined;
  let bodyBytes = 0;
  const render = (): unknown => {
    if (exporter !== undefined)
      return exportAndRelease(registry, exporter).then(bytes => (bodyBytes = bytes));
    return form === 'string' ? registry.metrics() : renderAndRelease(registry, ACCEPT[form as FormatName]);
  };
  return {
    render,
    touch: () => {
      for (const touch of touches) touch();
      return touches.length;
    },
    text: async () =>
      exporter === undefined ? registry.metrics() : textOfRequests(await requestsOf(registry, exporter)),
    ...(exporter !== undefined && { bodyBytes: () => bodyBytes }),
    recordings: 2,
    close: async () => void (await worker.terminate()),
  };
}

export function optionsFor(plan: FamilyPlan): RegistryOptions {
  const seriesMax = Math.ceil(seriesCount(plan) * HEADROOM);
  return {
    seriesMax,
    familySeriesMax: Math.ceil(plan.seriesPerFamily * HEADROOM),
    threadsMax: 4,
    stripeBytes: seriesMax * LINES_PER_SERIES[plan.type] * CELL_BYTES_PER_LINE,
    keyBytes: seriesMax * KEY_BYTES + plan.families * 1_024,
  };
}

/** Records the plan once into this thread's stripe. @returns what changes one of touchStep series by 1 each */
export function recordPlan(registry: Registry, plan: FamilyPlan): (() => void)[] {
  const touches: (() => void)[] = [];
  for (let family = 0; family < plan.families; family++) {
    const options = { name: familyName(plan, family), help: 'Recorded by a bench.', labelNames: LABEL_NAMES };
    const record =
      plan.type === 'counter' ? counterRecorder(registry, options) : histogramRecorder(registry, options);
    for (let series = 0; series < plan.seriesPerFamily; series++) {
      const touch = record(series);
      if (series % (plan.touchStep ?? TOUCH_STEP) === 0) touches.push(touch);
    }
  }
  return touches;
}

interface PlannedOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: typeof LABEL_NAMES;
}

function counterRecorder(registry: Registry, options: PlannedOptions) {
  const counter = registry.counter(options);
  return (series: number): (() => void) => {
    const labels = labelsOf(series);
    counter.inc(labels, amountOf(series));
    return () => counter.inc(labels);
  };
}

function histogramRecorder(registry: Registry, options: PlannedOptions) {
  const histogram = registry.histogram(options);
  return (series: number): (() => void) => {
    const labels = labelsOf(series);
    histogram.observe(labels, observationOf(series));
    return () => histogram.observe(labels, 1);
  };
}

/** What startMetricsPush() reads a registry with. */
function otlpExporter(): PushRequests {
  return new PushRequests({
    encoder: new OtlpProtobufEncoder([['service.name', 'bench']]),
    temporality: 'cumulative',
    pointsMax: OTLP_POINTS_MAX,
    delivered: new DeliveredValues(),
    wallMs: () => Date.now(),
  });
}

async function requestsOf(registry: Registry, exporter: PushRequests): Promise<Uint8Array[]> {
  const { result } = await exportRegistry(registry, exporter, {});
  return result.map(({ body }) => body);
}

/** As a push does: the bytes are given back once they are taken. Returns how many there were. */
async function exportAndRelease(registry: Registry, exporter: PushRequests): Promise<number> {
  const { result } = await exportRegistry(registry, exporter, {});
  for (const { release } of result) release();
  return result.reduce((bytes, { body }) => bytes + body.length, 0);
}

/** As a server does: the bytes are given back once they are sent. */
async function renderAndRelease(registry: Registry, accept: string): Promise<void> {
  (await registry.render({ accept })).release();
}
