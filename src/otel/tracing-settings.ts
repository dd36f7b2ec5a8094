/**
 * Tracing settings: the configuration with what it leaves open filled in, from the environment or by defaults.
 *
 * For each setting the first of these that names it: the call, a variable for traces (OTEL_EXPORTER_OTLP_TRACES_...), a
 * variable for all signals, the default. Two go together instead: headers and attributes, name by name. OTEL_SDK_DISABLED
 * wins over everything.
 */
import type { BreakerSettings } from './circuit-breaker.js';
import type { ExportProtocol } from './export-protocol.js';
import { EXPORT_PROTOCOLS } from './export-protocol.js';
import type { ReceiverSettings } from './receiver-settings.js';
import { TIMEOUT_MS, breakerOf, exporterVariables, receiverSettingsOf } from './receiver-settings.js';
import { namedAttributes } from './resource-settings.js';
import type { ResourceAttributes } from './resource-attributes.js';
import { samplerConfigOf } from './sampler-settings.js';
import { SettingProblems, firstOf, isDisabled, isRegistry, variable } from './setting-problems.js';
import type { BatchSettings } from './span-exports.js';
import { TRACES } from './signal.js';
import type {
  BatchConfig,
  PropagatorName,
  SamplerConfig,
  SpanLimitsConfig,
  TracingConfig,
} from './tracing-config.js';

export interface TracingSettings extends ReceiverSettings {
  readonly isDisabled: boolean;
  /** What the call and the environment say of this service, without what is detected. */
  readonly attributes: ResourceAttributes;
  readonly protocol: ExportProtocol;
  readonly sampler: SamplerConfig;
  readonly batch: BatchSettings;
  readonly breaker: BreakerSettings;
  readonly spanLimits: SpanLimitsConfig;
  readonly propagators: readonly PropagatorName[];
  readonly shutdownTimeoutMs: number;
}

const OPTIONS: readonly (keyof TracingConfig)[] = [
  'serviceName',
  'serviceVersion',
  'environment',
  'instanceId',
  'attributes',
  'endpoint',
  'protocol',
  'headers',
  'timeoutMs',
  'compression',
  'sampler',
  'batch',
  'breaker',
  'spanLimits',
  'propagators',
  'shutdownTimeoutMs',
  'registry',
  'exporter',
];
const SPAN_LIMITS: readonly (keyof SpanLimitsConfig)[] = [
  'attributeCountLimit',
  'attributeValueLengthLimit',
  'eventCountLimit',
  'linkCountLimit',
];
const PROPAGATORS: readonly string[] = ['tracecontext', 'baggage'];

/**
 * @param isInherited the thread that created this one was told of doubts about the address
 * @throws ConfigurationError listing every problem of the configuration and of the environment
 */
export function tracingSettingsOf(
  config: TracingConfig,
  env: NodeJS.ProcessEnv,
  isInherited = false,
): TracingSettings {
  const problems = new SettingProblems();
  refuseUnknown(problems, config);
  const settings: TracingSettings = {
    isDisabled: isDisabled(env),
    attributes: namedAttributes(problems, config, env),
    ...receiverSettingsOf(problems, TRACES, config, env),
    protocol: problems.oneOf(
      [{ name: 'protocol', value: config.protocol }, ...exporterVariables(env, TRACES, 'PROTOCOL')],
      EXPORT_PROTOCOLS,
      'http/json',
    ),
    sampler: samplerConfigOf(problems, config.sampler, env),
    batch: batchOf(problems, config.batch, env),
    breaker: breakerOf(problems, config.breaker),
    spanLimits: spanLimitsOf(problems, config.spanLimits),
    propagators: propagatorsOf(problems, config.propagators, env),
    shutdownTimeoutMs: problems.integer(
      [{ name: 'shutdownTimeoutMs', value: config.shutdownTimeoutMs }],
      [0, 600_000],
      5_000,
    ),
  };
  problems.end('startTracing');
  const isSentThere = !settings.isDisabled && config.exporter === undefined;
  if (isSentThere && !isInherited) problems.warnOfDoubts(TRACES.warningCode);
  return settings;
}

function refuseUnknown(problems: SettingProblems, config: TracingConfig): void {
  problems.options(config, OPTIONS, 'startTracing');
  const { registry, exporter } = config as { registry?: unknown; exporter?: unknown };
  if (registry !== undefined && !isRegistry(registry)) {
    problems.refuse({ name: 'registry', value: registry }, 'a registry, or what its share() returned');
  }
  if (exporter !== undefined && typeof (exporter as { export?: unknown } | null)?.export !== 'function') {
    problems.refuse({ name: 'exporter', value: exporter }, 'an object with export() and shutdown()');
  }
}

function batchOf(problems: SettingProblems, value: unknown, env: NodeJS.ProcessEnv): BatchSettings {
  const batch = problems.section<BatchConfig>('batch', value, [
    'queueSizeMax',
    'batchSizeMax',
    'delayMs',
    'exportTimeoutMs',
  ]);
  const setting = (
    name: keyof BatchConfig,
    variableName: string,
    range: readonly [number, number],
    fallback: number,
  ) =>
    problems.integer(
      [{ name: `batch.${name}`, value: batch[name] }, variable(env, `OTEL_BSP_${variableName}`)],
      range,
      fallback,
    );
  const queueSizeMax = setting('queueSizeMax', 'MAX_QUEUE_SIZE', [1, 1_000_000], 2_048);
  return {
    queueSizeMax,
    batchSizeMax: setting(
      'batchSizeMax',
      'MAX_EXPORT_BATCH_SIZE',
      [1, queueSizeMax],
      Math.min(512, queueSizeMax),
    ),
    delayMs: setting('delayMs', 'SCHEDULE_DELAY', [0, 600_000], 5_000),
    exportTimeoutMs: setting('exportTimeoutMs', 'EXPORT_TIMEOUT', TIMEOUT_MS, 30_000),
  };
}

/** Only what is named: the SDK has variables and defaults of its own for the others. */
function spanLimitsOf(problems: SettingProblems, value: unknown): SpanLimitsConfig {
  const limits = problems.section<SpanLimitsConfig>('spanLimits', value, SPAN_LIMITS);
  const named = SPAN_LIMITS.filter(name => limits[name] !== undefined);
  return Object.fromEntries(
    named.map(name => [
      name,
      problems.integer([{ name: `spanLimits.${name}`, value: limits[name] }], [1, 1_000_000], 1),
    ]),
  );
}

function propagatorsOf(problems: SettingProblems, value: unknown, env: NodeJS.ProcessEnv): PropagatorName[] {
  const source = firstOf([{ name: 'propagators', value }, variable(env, 'OTEL_PROPAGATORS')]);
  if (source === undefined) return ['tracecontext', 'baggage'];
  const names: unknown =
    typeof source.value === 'string' ? source.value.split(',').map(name => name.trim()) : source.value;
  if (source.name === 'OTEL_PROPAGATORS' && (names as string[]).join() === 'none') return [];
  if (!Array.isArray(names) || !names.every(name => PROPAGATORS.includes(name as string))) {
    problems.refuse(source, `a list of ${PROPAGATORS.join(' and ')}`);
    return [];
  }
  return [...new Set(names as PropagatorName[])];
}
