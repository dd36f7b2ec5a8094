/** SDK packages: what tracing needs of OpenTelemetry, loaded when it starts. Exemplars and propagation need the API alone. */
import { ConfigurationError } from '../errors.js';

/** The packages that startTracing() loads. All of them are optional peers of this package. */
export interface SdkPackages {
  readonly traceBase: typeof import('@opentelemetry/sdk-trace-base');
  readonly resources: typeof import('@opentelemetry/resources');
  readonly core: typeof import('@opentelemetry/core');
  readonly contextHooks: typeof import('@opentelemetry/context-async-hooks');
}

type TraceExporterPackage = typeof import('@opentelemetry/exporter-trace-otlp-http');

const EXPORTER_PACKAGE = '@opentelemetry/exporter-trace-otlp-http';
const importExporter = (): Promise<TraceExporterPackage> => import('@opentelemetry/exporter-trace-otlp-http');

/**
 * @param bringsExporter then the package of the OTLP exporter may be missing
 * @throws ConfigurationError naming every package that is not installed
 */
export async function loadSdkPackages(bringsExporter: boolean): Promise<SdkPackages> {
  const missing: string[] = [];
  const [traceBase, resources, core, contextHooks] = await Promise.all([
    load(missing, '@opentelemetry/sdk-trace-base', () => import('@opentelemetry/sdk-trace-base')),
    load(missing, '@opentelemetry/resources', () => import('@opentelemetry/resources')),
    load(missing, '@opentelemetry/core', () => import('@opentelemetry/core')),
    load(missing, '@opentelemetry/context-async-hooks', () => import('@opentelemetry/context-async-hooks')),
  ]);
  // Loaded here only to name it beside the others.
  if (!bringsExporter && missing.length > 0) await load(missing, EXPORTER_PACKAGE, importExporter);
  refuseMissing(missing);
  return { traceBase: traceBase!, resources: resources!, core: core!, contextHooks: contextHooks! };
}

/** The OTLP exporter: a program that brings an exporter of its own does without it. */
export async function loadTraceExporter(): Promise<TraceExporterPackage> {
  const missing: string[] = [];
  const loaded = await load(missing, EXPORTER_PACKAGE, importExporter);
  refuseMissing(missing);
  return loaded!;
}

async function load<T>(missing: string[], name: string, importing: () => Promise<T>): Promise<T | undefined> {
  try {
    return await importing();
  } catch (error) {
    if (!isMissing(error, name)) throw error;
    missing.push(name);
    return undefined;
  }
}

/** Not for a package that is there, and lacks one itself: its error says which. */
function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return String(code).endsWith('MODULE_NOT_FOUND') && String(message).includes(`'${name}'`);
}

function refuseMissing(missing: readonly string[]): void {
  if (missing.length === 0) return;
  const problems = missing.map(name => `the package ${name} is not installed`);
  throw new ConfigurationError('startTracing', [...problems, `run: npm install ${missing.join(' ')}`]);
}
