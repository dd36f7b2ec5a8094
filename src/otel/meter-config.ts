/** Meter configuration: what startMeterProvider() takes, checked. What it does not name, the environment does, or a default. */
import { inspect } from 'node:util';
import type { Registry } from '../registry/registry.js';
import type { RegistryToken } from '../registry/registry-token.js';
import type { ResourceAttributes } from './resource-attributes.js';
import { namedAttributes } from './resource-settings.js';
import { SettingProblems, variable } from './setting-problems.js';
import { AGGREGATORS } from '../primitives/family-descriptor.js';
import { AGGREGATIONS, INSTRUMENT_TYPES, SHARINGS } from './view-config.js';
import type { ViewAggregation, ViewConfig } from './view-config.js';

export interface MeterConfig {
  /** `service.name`. Default: OTEL_SERVICE_NAME, service.name of OTEL_RESOURCE_ATTRIBUTES, or `unknown_service:node`. */
  readonly serviceName?: string;
  /** `service.version`. */
  readonly serviceVersion?: string;
  /** `deployment.environment.name`: production, staging. */
  readonly environment?: string;
  /** `service.instance.id`. */
  readonly instanceId?: string;
  /** Further attributes of the resource. They win over what is detected and over OTEL_RESOURCE_ATTRIBUTES. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  /** Where instruments record. Default: `register`. A worker may be given the token of its parent's. */
  readonly registry?: Registry | RegistryToken;
  /** What to change about instruments. */
  readonly views?: readonly ViewConfig[];
  /** Counters and histograms keep exemplars, see exemplarsFromActiveSpan(). Default false. */
  readonly exemplars?: boolean;
  /** Shows the attributes of the resource as `target_info`. Default true. */
  readonly targetInfo?: boolean;
  /** Makes it the provider of the API, from which libraries take their meters. Default true. */
  readonly setGlobal?: boolean;
}

/** A configuration that can be sent to a worker. */
export type SharedMeterConfig = Omit<MeterConfig, 'registry'> & { readonly registry?: RegistryToken };

export interface MeterSettings {
  readonly isDisabled: boolean;
  readonly attributes: ResourceAttributes;
  readonly views: readonly ViewConfig[];
  readonly hasExemplars: boolean;
  readonly hasTargetInfo: boolean;
  readonly isGlobal: boolean;
}

const OPTIONS: readonly (keyof MeterConfig)[] = [
  'serviceName',
  'serviceVersion',
  'environment',
  'instanceId',
  'attributes',
  'registry',
  'views',
  'exemplars',
  'targetInfo',
  'setGlobal',
];
const TEXTS: readonly (keyof ViewConfig)[] = [
  'instrumentName',
  'instrumentUnit',
  'meterName',
  'meterVersion',
  'meterSchemaUrl',
  'name',
  'description',
];
const VIEW_OPTIONS: readonly (keyof ViewConfig)[] = [
  ...TEXTS,
  'instrumentType',
  'attributeKeys',
  'dropAttributeKeys',
  'aggregation',
  'aggregator',
  'sharing',
  'seriesMax',
];
const AGGREGATION_OPTIONS: Readonly<Record<ViewAggregation['type'], readonly string[]>> = {
  default: ['type'],
  drop: ['type'],
  explicit_buckets: ['type', 'boundaries'],
  exponential_buckets: ['type', 'maxSize', 'maxScale'],
};
/** What a native histogram takes. */
const SIZE: readonly [number, number] = [20, 8_192];
const SCALE: readonly [number, number] = [-4, 8];

/** @throws ConfigurationError listing every problem of the configuration and of the environment */
export function meterSettingsOf(config: MeterConfig, env: NodeJS.ProcessEnv): MeterSettings {
  const problems = new SettingProblems();
  problems.options(config, OPTIONS, 'startMeterProvider');
  if (config.registry !== undefined && !isRegistry(config.registry))
    problems.refuse({ name: 'registry', value: config.registry }, 'a registry, or what its share() returned');
  const settings: MeterSettings = {
    isDisabled: variable(env, 'OTEL_SDK_DISABLED').value?.toString().toLowerCase() === 'true',
    attributes: namedAttributes(problems, config, env),
    views: viewsOf(problems, config.views),
    hasExemplars: flag(problems, 'exemplars', config.exemplars, false),
    hasTargetInfo: flag(problems, 'targetInfo', config.targetInfo, true),
    isGlobal: flag(problems, 'setGlobal', config.setGlobal, true),
  };
  problems.end('startMeterProvider');
  return settings;
}

function isRegistry(value: unknown): boolean {
  const { share, arena } = (value ?? {}) as { share?: unknown; arena?: unknown };
  return typeof share === 'function' || typeof arena === 'object';
}

function flag(problems: SettingProblems, name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') problems.refuse({ name, value }, 'true or false');
  return value === true;
}

function viewsOf(problems: SettingProblems, views: unknown): readonly ViewConfig[] {
  if (views === undefined) return [];
  if (!Array.isArray(views)) {
    problems.refuse({ name: 'views', value: views }, 'a list of views');
    return [];
  }
  views.forEach((view: unknown, i) => checkView(problems, `views[${i}]`, view));
  return views as ViewConfig[];
}

function checkView(problems: SettingProblems, at: string, value: unknown): void {
  if (value === undefined) return problems.refuse({ name: at, value }, 'an object');
  const view = problems.section<ViewConfig>(at, value, VIEW_OPTIONS);
  for (const name of TEXTS)
    if (view[name] !== undefined && typeof view[name] !== 'string')
      problems.refuse({ name: `${at}.${name}`, value: view[name] }, 'a text');
  const oneOf = (name: keyof ViewConfig, choices: readonly string[]): void => {
    const chosen = view[name] as string | undefined;
    if (chosen !== undefined && !choices.includes(chosen))
      problems.refuse({ name: `${at}.${name}`, value: chosen }, `one of ${choices.join(', ')}`);
  };
  oneOf('instrumentType', INSTRUMENT_TYPES);
  oneOf('aggregator', AGGREGATORS);
  oneOf('sharing', SHARINGS);
  if (view.name !== undefined && (view.instrumentName === undefined || /[*?]/.test(view.instrumentName)))
    problems.add(`${at}.name renames, so ${at}.instrumentName must name one instrument, without * and ?`);
  checkKeys(problems, at, view);
  checkAggregation(problems, `${at}.aggregation`, view.aggregation);
  if (view.seriesMax !== undefined)
    problems.integer([{ name: `${at}.seriesMax`, value: view.seriesMax }], [1, 10_000_000], 1);
}

function checkKeys(problems: SettingProblems, at: string, view: Partial<ViewConfig>): void {
  for (const name of ['attributeKeys', 'dropAttributeKeys'] as const) {
    const keys: unknown = view[name];
    if (keys === undefined) continue;
    if (!Array.isArray(keys) || !keys.every(key => typeof key === 'string'))
      problems.refuse({ name: `${at}.${name}`, value: keys }, 'a list of attribute keys');
  }
  if (view.attributeKeys !== undefined && view.dropAttributeKeys !== undefined)
    problems.add(`${at} has attributeKeys and dropAttributeKeys; keep one of them`);
}

function checkAggregation(problems: SettingProblems, at: string, value: unknown): void {
  if (value === undefined) return;
  const { type } = (value ?? {}) as Partial<ViewAggregation>;
  if (typeof type !== 'string' || !(AGGREGATIONS as readonly string[]).includes(type)) {
    problems.refuse({ name: at, value }, `an object whose type is one of ${AGGREGATIONS.join(', ')}`);
    return;
  }
  problems.options(value as object, AGGREGATION_OPTIONS[type], at);
  const { boundaries, maxSize, maxScale } = value as Record<string, unknown>;
  if (type === 'explicit_buckets' && !isIncreasing(boundaries))
    problems.add(
      `${at}.boundaries is ${inspect(boundaries)}; it must be a list of finite, increasing numbers`,
    );
  if (type !== 'exponential_buckets') return;
  if (maxSize !== undefined) problems.integer([{ name: `${at}.maxSize`, value: maxSize }], SIZE, 1);
  if (maxScale !== undefined) problems.integer([{ name: `${at}.maxScale`, value: maxScale }], SCALE, 1);
}

function isIncreasing(value: unknown): boolean {
  return (
    Array.isArray(value) && value.every((one, i) => Number.isFinite(one) && (i === 0 || one > value[i - 1]))
  );
}
