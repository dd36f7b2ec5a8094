/**
 * What the main thread sends to a receiver of OpenTelemetry: started before its workers, which inherit the settings, and
 * shut down with them. Loaded only where it is asked for: the packages of OpenTelemetry take memory and time.
 */
import type { Registry } from '../src/index.js';
import { startTracing, type ExportProtocol, type Tracing } from '../src/otel/index.js';
import { JobSpans } from './job-spans.js';
import { count } from './progress.js';

export interface TelemetryOptions {
  readonly url: string;
  /** Undefined for what the environment says, or JSON. */
  readonly protocol: ExportProtocol | undefined;
  /** Share of the batches that are traced; undefined for what the environment says, or all. */
  readonly ratio: number | undefined;
  /** Most events with spans in a traced batch. */
  readonly eventSpansMax: number;
}

const SERVICE_NAME = 'stream-processor';

export class Telemetry {
  readonly spans = new JobSpans();

  private constructor(
    private readonly tracing: Tracing,
    private readonly registry: Registry,
  ) {}

  /** @throws ConfigurationError when a setting of the environment is wrong, or a package is missing */
  static async start({ url, protocol, ratio }: TelemetryOptions, registry: Registry): Promise<Telemetry> {
    const tracing = await startTracing({
      endpoint: url,
      ...(protocol !== undefined && { protocol }),
      ...(ratio !== undefined && { sampler: { strategy: 'parent_based', ratio } }),
      ...(!isServiceNamed(process.env) && { serviceName: SERVICE_NAME }),
    });
    // A push of the metrics to the same receiver starts here, and ends in shutdown() beside the spans.
    return new Telemetry(tracing, registry);
  }

  /** Sends what is there, within the deadline of each part. Never rejects: the job's status does not depend on it. */
  async shutdown(): Promise<void> {
    await this.tracing.shutdown();
  }

  /** The spans of all threads and what became of them. */
  async report(): Promise<string> {
    const exported = await this.sumOf('otel_exporter_exported_items_total');
    const dropped = await this.sumOf('otel_exporter_dropped_items_total');
    return `spans: ${count(exported)} exported, ${count(dropped)} dropped`;
  }

  private async sumOf(name: string): Promise<number> {
    const metric = await this.registry.getSingleMetric<'signal'>(name)?.get();
    const values = metric?.values.filter(({ labels }) => labels.signal === 'traces') ?? [];
    return values.reduce((sum, { value }) => sum + value, 0);
  }
}

/** The call would win over the environment. */
function isServiceNamed(env: NodeJS.ProcessEnv): boolean {
  return (
    (env['OTEL_SERVICE_NAME'] ?? '') !== '' ||
    /(^|,)\s*service\.name=/.test(env['OTEL_RESOURCE_ATTRIBUTES'] ?? '')
  );
}
