/**
 * Metrics push settings: the configuration with what it leaves open filled in, from the environment or by defaults.
 *
 * For each setting the first of these that names it: the call, a variable for metrics, a variable for all signals, the
 * default. Two go together instead: headers and attributes, name by name. OTEL_SDK_DISABLED wins over everything.
 */
import type { MetricsPushConfig } from './metrics-push-config.js';
import type { BreakerSettings } from './circuit-breaker.js';
import type { ExportProtocol } from './export-protocol.js';
import { EXPORT_PROTOCOLS } from './export-protocol.js';
import type { ReceiverSettings } from './receiver-settings.js';
import { TIMEOUT_MS, breakerOf, exporterVariables, receiverSettingsOf } from './receiver-settings.js';
import { namedAttributes } from './resource-settings.js';
import type { ResourceAttributes } from './resource-attributes.js';
import { SettingProblems, isDisabled, isRegistry, variable } from './setting-problems.js';
import type { Source } from './setting-problems.js';
import { METRICS } from './signal.js';
import type { TemporalityPreference } from './temporality.js';
import { TEMPORALITIES } from './temporality.js';

export interface MetricsPushSettings extends ReceiverSettings {
  readonly isDisabled: boolean;
  /** What the call and the environment say of this service, without what is detected. */
  readonly attributes: ResourceAttributes;
  readonly protocol: ExportProtocol;
  readonly intervalMs: number;
  readonly exportTimeoutMs: number;
  readonly temporality: TemporalityPreference;
  readonly breaker: BreakerSettings;
  readonly pointsMax: number;
  readonly shutdownTimeoutMs: number;
}

const OPTIONS: readonly (keyof MetricsPushConfig)[] = [
  'serviceName',
  'serviceVersion',
  'environment',
  'instanceId',
  'attributes',
  'endpoint',
  'headers',
  'protocol',
  'compression',
  'timeoutMs',
  'intervalMs',
  'exportTimeoutMs',
  'temporality',
  'pointsMax',
  'breaker',
  'shutdownTimeoutMs',
  'registry',
];

/** @throws ConfigurationError listing every problem of the configuration and of the environment */
export function metricsPushSettingsOf(
  config: MetricsPushConfig,
  env: NodeJS.ProcessEnv,
): MetricsPushSettings {
  const problems = new SettingProblems();
  problems.options(config, OPTIONS, 'startMetricsPush');
  const { registry } = config;
  if (registry !== undefined && !isRegistry(registry)) {
    problems.refuse({ name: 'registry', value: registry }, 'a registry, or what its share() returned');
  }
  const integer = (
    name: keyof MetricsPushConfig,
    range: readonly [number, number],
    fallback: number,
    ...variables: Source[]
  ): number => problems.integer([{ name, value: config[name] }, ...variables], range, fallback);
  const settings: MetricsPushSettings = {
    isDisabled: isDisabled(env),
    attributes: namedAttributes(problems, config, env),
    ...receiverSettingsOf(problems, METRICS, config, env),
    protocol: problems.oneOf(
      [{ name: 'protocol', value: config.protocol }, ...exporterVariables(env, METRICS, 'PROTOCOL')],
      EXPORT_PROTOCOLS,
      'http/protobuf',
    ),
    intervalMs: integer('intervalMs', [1, 86_400_000], 60_000, variable(env, 'OTEL_METRIC_EXPORT_INTERVAL')),
    exportTimeoutMs: integer(
      'exportTimeoutMs',
      TIMEOUT_MS,
      30_000,
      variable(env, 'OTEL_METRIC_EXPORT_TIMEOUT'),
    ),
    temporality: problems.oneOf(
      [{ name: 'temporality', value: config.temporality }, temporalityVariable(env)],
      TEMPORALITIES,
      'cumulative',
    ),
    breaker: breakerOf(problems, config.breaker),
    pointsMax: integer('pointsMax', [1, 1_000_000], 10_000),
    shutdownTimeoutMs: integer('shutdownTimeoutMs', [0, 600_000], 5_000),
  };
  problems.end('startMetricsPush');
  if (!settings.isDisabled) problems.warnOfDoubts(METRICS.warningCode);
  return settings;
}

/** Its values are written in any case. */
function temporalityVariable(env: NodeJS.ProcessEnv): Source {
  const { name, value } = variable(env, 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE');
  return { name, value: typeof value === 'string' ? value.toLowerCase() : value };
}
