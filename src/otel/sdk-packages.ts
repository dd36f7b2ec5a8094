/** SDK packages: what tracing needs of OpenTelemetry, loaded when it starts. Exemplars and propagation need the API alone. */
import { ConfigurationError } from '../errors.js';
import type { ExportProtocol } from './export-protocol.js';

/** The packages that startTracing() loads. All of them are optional peers of this package. */
export interface SdkPackages {
  readonly traceBase: typeof import('@opentelemetry/sdk-trace-base');
  readonly resources: typeof import('@opentelemetry/resources');
  readonly core: typeof import('@opentelemetry/core');
  readonly contextHooks: typeof import('@opentelemetry/context-async-hooks');
}

const API_PACKAGE = '@opentelemetry/api';
/** Release lines that go together: later ones of some of them ask for another API. */
const LINES: Readonly<Record<string, string>> = {
  [API_PACKAGE]: '1.9',
  '@opentelemetry/sdk-trace-base': '2',
  '@opentelemetry/resources': '2',
  '@opentelemetry/core': '2',
  '@opentelemetry/context-async-hooks': '2',
};
const EXPORTER_LINE = '0.223';

export type TraceExporterPackage = typeof import('@opentelemetry/exporter-trace-otlp-http');

/** By protocol: the package, and how it is imported. Both export a class by the same name. */
const EXPORTERS: Readonly<
  Record<ExportProtocol, { readonly name: string; readonly importing: () => Promise<TraceExporterPackage> }>
> = {
  'http/json': {
    name: '@opentelemetry/exporter-trace-otlp-http',
    importing: () => import('@opentelemetry/exporter-trace-otlp-http'),
  },
  'http/protobuf': {
    name: '@opentelemetry/exporter-trace-otlp-proto',
    importing: () => import('@opentelemetry/exporter-trace-otlp-proto'),
  },
};

/**
 * @param protocol of the exporter, which is named if it is missing; undefined where none will be loaded
 * @throws ConfigurationError naming every package that is not installed
 */
export async function loadSdkPackages(protocol: ExportProtocol | undefined): Promise<SdkPackages> {
  const missing: string[] = [];
  const [traceBase, resources, core, contextHooks] = await Promise.all([
    load(missing, '@opentelemetry/sdk-trace-base', () => import('@opentelemetry/sdk-trace-base')),
    load(missing, '@opentelemetry/resources', () => import('@opentelemetry/resources')),
    load(missing, '@opentelemetry/core', () => import('@opentelemetry/core')),
    load(missing, '@opentelemetry/context-async-hooks', () => import('@opentelemetry/context-async-hooks')),
  ]);
  // Loaded here only to name it beside the others.
  if (protocol !== undefined && missing.length > 0) await loadExporter(missing, protocol);
  refuseMissing(missing);
  return { traceBase: traceBase!, resources: resources!, core: core!, contextHooks: contextHooks! };
}

/** The OTLP exporter: a program that brings an exporter of its own does without it. */
export async function loadTraceExporter(protocol: ExportProtocol): Promise<TraceExporterPackage> {
  const missing: string[] = [];
  const loaded = await loadExporter(missing, protocol);
  refuseMissing(missing);
  return loaded!;
}

function loadExporter(
  missing: string[],
  protocol: ExportProtocol,
): Promise<TraceExporterPackage | undefined> {
  const { name, importing } = EXPORTERS[protocol];
  return load(missing, name, importing);
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
  const wanted = [API_PACKAGE, ...missing].map(name => `${name}@${LINES[name] ?? EXPORTER_LINE}`);
  throw new ConfigurationError('startTracing', [...problems, `run: npm install ${wanted.join(' ')}`]);
}
