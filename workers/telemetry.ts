/**
 * What the main thread sends to a receiver of OpenTelemetry: started before its workers, which inherit the settings, and
 * shut down with them. Loaded only where it is asked for: the packages of OpenTelemetry take memory and time.
 */
import type { Registry } from '../src/index.js';
import { startMetricsPush, startTracing } from '../src/otel/index.js';
import type { ExportProtocol, MetricsPush, Tracing } from '../src/otel/index.js';
import { JobSpans } from './job-spans.js';
import { count } from './progress.js';

export interface TelemetryOptions {
  readonly url: string;
  /** Undefined for what the environment says, or the defaults. */
  readonly protocol: ExportProtocol | undefined;
  /** Share of the batches that are traced; undefined for what the environment says, or all. */
  readonly ratio: number | undefined;
  /** Most events with spans in a traced batch. */
  readonly eventSpansMax: number;
}

type Signal = 'traces' | 'metrics';

const SERVICE_NAME = 'stream-processor';

export class Telemetry {
  readonly spans = new JobSpans();

  private constructor(
    private readonly tracing: Tracing,
    private readonly push: MetricsPush,
    private readonly registry: Registry,
    private readonly url: string,
  ) {}

  /** @throws ConfigurationError when a setting of the environment is wrong, or a package is missing */
  static async start({ url, protocol, ratio }: TelemetryOptions, registry: Registry): Promise<Telemetry> {
    const receiver = {
      endpoint: url,
      ...(protocol !== undefined && { protocol }),
      ...(!isServiceNamed(process.env) && { serviceName: SERVICE_NAME }),
    };
    const tracing = await startTracing({
      ...receiver,
      ...(ratio !== undefined && { sampler: { strategy: 'parent_based', ratio } }),
    });
    try {
      return new Telemetry(tracing, startMetricsPush({ ...receiver, registry }), registry, url);
    } catch (error) {
      await tracing.shutdown();
      throw error;
    }
  }

  /** Sends the spans that have ended, within their deadline. Never rejects: the job's status does not depend on it. */
  async endTraces(): Promise<void> {
    await this.tracing.shutdown();
  }

  /** Pushes the metrics as they are when everything else has ended, within their deadline. Never rejects. */
  async endMetrics(): Promise<void> {
    await this.push.shutdown();
  }

  /** The spans and data points of all threads and what became of them. */
  async report(): Promise<string> {
    return `${await this.reportOf('traces', 'spans')}\n${await this.reportOf('metrics', 'data points')}`;
  }

  private async reportOf(signal: Signal, items: string): Promise<string> {
    const exported = await this.sumOf('otel_exporter_exported_items_total', signal);
    const dropped = await this.sumOf('otel_exporter_dropped_items_total', signal);
    const why = dropped === 0 ? '' : ` (${this.url} did not take them, or not in time)`;
    return `${items}: ${count(exported)} exported, ${count(dropped)} dropped${why}`;
  }

  private async sumOf(name: string, signal: Signal): Promise<number> {
    const metric = await this.registry.getSingleMetric<'signal'>(name)?.get();
    const values = metric?.values.filter(({ labels }) => labels.signal === signal) ?? [];
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
