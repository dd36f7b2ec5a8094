/** Scrape cases: renders in the process, and scrapes over HTTP. */
import type { PromImplementation } from '../baselines/prom-library.js';
import type { BenchCase, CaseReport } from '../harness/bench-case.js';
import type { Preset } from '../harness/preset.js';
import type { TransportName } from '../../src/server/index.js';
import type { FamilyPlan } from './family-plan.js';
import { timeHttpScrapes } from './http-timing.js';
import { timeBlocks } from './block-timing.js';
import { otelSubject } from './otel-meters.js';
import { ownSubject } from './own-registry.js';
import type { OwnForm } from './own-registry.js';
import { promSubject } from './prom-registry.js';
import { timeRenders } from './render-timing.js';

export interface ScrapeCase extends BenchCase {
  measure(preset: Preset): Promise<CaseReport>;
}

const WHY =
  'The first render reads the labels of every series from the arena and encodes what stands before each value; later ' +
  'ones copy that.';

export interface NamedPlan {
  /** First half of the id. */
  readonly key: string;
  readonly operation: string;
  readonly plan: FamilyPlan;
  readonly isHeavy?: boolean;
}

/** The last part of the id, for what is not the format that a scraper gets who asks for none. */
const FORM_SUFFIX: Readonly<Record<OwnForm, string>> = {
  string: '-text',
  'text 0.0.4': '',
  'text 1.0.0': '-text-1',
  OpenMetrics: '-openmetrics',
  protobuf: '-protobuf',
  'OTLP protobuf': '-otlp',
};

export function ownRenderCase(named: NamedPlan, form: OwnForm = 'text 0.0.4'): ScrapeCase {
  const { key, operation, plan, isHeavy = false } = named;
  const isPlain = form === 'string' || form === 'text 0.0.4';
  return {
    id: `${key}/threadtally${FORM_SUFFIX[form]}`,
    operation,
    implementation: isPlain ? 'threadtally, 2 stripes' : `threadtally, 2 stripes, ${form}`,
    call:
      form === 'string'
        ? 'registry.metrics()'
        : form === 'OTLP protobuf'
          ? 'exportRegistry(registry, exporter)'
          : isPlain
            ? 'registry.render()'
            : 'registry.render({ accept })',
    isHeavy,
    why: WHY,
    measure: async preset => timeRenders(await ownSubject(plan, form), plan, preset),
  };
}

/** Renders while the event loop goes round: the longest time that it was held up, and how long the whole took. */
export function blockCase(named: NamedPlan, form: OwnForm = 'text 0.0.4'): ScrapeCase {
  const { key, operation, plan, isHeavy = false } = named;
  const isText = form === 'text 0.0.4';
  return {
    id: `${key}-blocks/threadtally${FORM_SUFFIX[form]}`,
    operation: `${operation}, beside other work of the event loop`,
    implementation: `threadtally, 2 stripes${isText ? '' : `, ${form}`}`,
    call: isText ? 'registry.render()' : 'exportRegistry(registry, exporter)',
    isHeavy,
    measure: async preset => timeBlocks(await ownSubject(plan, form), plan, preset),
  };
}

export function promRenderCase(named: NamedPlan, library: PromImplementation): ScrapeCase {
  const { key, operation, plan, isHeavy = false } = named;
  return {
    id: `${key}/${library.key}`,
    operation,
    implementation: library.name,
    isVariant: library.isVariant,
    call: 'registry.metrics()',
    isHeavy,
    measure: async preset => timeRenders(await promSubject(plan, library), plan, preset),
  };
}

/** Metrics of the OpenTelemetry SDK, read and written as protobuf, as its exporter does. */
export function otelRenderCase(named: NamedPlan): ScrapeCase {
  const { key, operation, plan, isHeavy = false } = named;
  return {
    id: `${key}/opentelemetry`,
    operation,
    implementation: 'OpenTelemetry SDK, OTLP protobuf',
    call: 'serializeRequest(await reader.collect())',
    isHeavy,
    measure: async preset => timeRenders(await otelSubject(plan), plan, preset),
  };
}

/** @param transport undefined stands for whatever serveMetrics chooses */
export function httpCase(
  recorders: number,
  { transport, nice = 0 }: { transport?: TransportName; nice?: number } = {},
): ScrapeCase {
  const key = ['http-10k-quiet', 'http-10k-one'][recorders] ?? (nice > 0 ? 'http-10k-nice' : 'http-10k');
  const recording =
    recorders === 0
      ? 'no thread records'
      : `${recorders} ${recorders === 1 ? 'thread records' : 'threads record'} at full speed`;
  return {
    id: `${key}/${transport ?? 'threadtally'}`,
    operation: `HTTP scrape of 10,000 counters, ${recording}${nice > 0 ? `, after os.setPriority(${nice})` : ''}`,
    implementation: transport === undefined ? 'threadtally' : `threadtally, ${transport}`,
    call: transport === undefined ? 'serveMetrics(registry)' : `serveMetrics(registry, { transport })`,
    measure: preset => timeHttpScrapes({ recorders, nice, transport: transport ?? 'auto' }, preset),
  };
}
