/**
 * Meter provider: the metrics API of OpenTelemetry over the slots of a registry.
 *
 * A library that is instrumented with @opentelemetry/api records through it into shared memory, from every thread that has
 * started it, as metrics of this package do: scraped with them, pushed with them, there after the thread has ended.
 */
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';
import type { MeterOptions, MeterProvider } from '@opentelemetry/api';
import { metrics } from '@opentelemetry/api';
import { ConfigurationError } from '../errors.js';
import { ATTRIBUTES_LABEL, attributeText, instrumentText } from '../primitives/attribute-set.js';
import type { InstrumentIdentity } from '../primitives/attribute-set.js';
import type { InfoOptions } from '../primitives/info.js';
import { warn } from '../registry/cardinality.js';
import { register } from '../registry/default-registry.js';
import { Registry } from '../registry/registry.js';
import type { RegistryToken } from '../registry/registry-token.js';
import { InstrumentFamilies } from './instrument-families.js';
import { INSTRUMENT_WARNING } from './instrument-warnings.js';
import type { MeterConfig, MeterSettings, SharedMeterConfig } from './meter-config.js';
import { meterSettingsOf } from './meter-config.js';
import { givenText } from './given-description.js';
import { Observables } from './observables.js';
import { detectedAttributes } from './resource-attributes.js';
import type { ResourceAttributes } from './resource-attributes.js';
import { SlotMeter } from './slot-meter.js';

const ENVIRONMENT_KEY = 'threadtally.meters';
/** No instrument: its labels say what all others are of. */
const TARGET: InstrumentIdentity = {
  kind: 'gauge',
  name: 'target',
  unit: '',
  scopeName: '',
  scopeVersion: '',
  schemaUrl: '',
};
const TARGET_HELP = 'What the metrics are of: attributes of the resource, in the terms of OpenTelemetry.';

/** Gives meters whose instruments record into slots. Any thread may have one; none of their methods throws. */
export class SlotMeterProvider implements MeterProvider {
  private readonly meters = new Map<string, SlotMeter>();
  private readonly families: InstrumentFamilies;
  private readonly observables: Observables;

  constructor(
    registry: Registry,
    private readonly settings: Pick<MeterSettings, 'views' | 'hasExemplars'>,
  ) {
    this.families = new InstrumentFamilies(registry, settings.hasExemplars);
    this.observables = new Observables(registry);
  }

  /** The meter of this name, version and schema: the same object for the same three. */
  getMeter(name: string, version?: string, options?: MeterOptions | null): SlotMeter {
    const scope = {
      name: givenText(name),
      version: givenText(version),
      schemaUrl: givenText(options?.schemaUrl),
    };
    const key = JSON.stringify(scope);
    let meter = this.meters.get(key);
    if (meter === undefined) {
      const { families, observables } = this;
      meter = new SlotMeter(scope, { families, observables, views: this.settings.views });
      this.meters.set(key, meter);
    }
    return meter;
  }

  /** Ends the callbacks of observable instruments. Other instruments go on recording. */
  close(): void {
    this.observables.close();
  }
}

/** The meter provider of this thread, as startMeterProvider() has started it. */
export interface Metering {
  readonly provider: SlotMeterProvider;
  /** For the workerData of a worker that was created before: `startMeterProvider(workerData)`. */
  readonly configuration: SharedMeterConfig;
  /**
   * Takes the provider out of the API and ends its callbacks. What was recorded stays, and instruments that libraries hold go
   * on recording.
   */
  shutdown(): void;
  [Symbol.dispose](): void;
}

let isStarted = false;

/**
 * Makes instruments of @opentelemetry/api record into the slots of a registry, in this thread. Call it before libraries are
 * loaded that are instrumented: the API gives them instruments without effect until there is a provider. In a worker, what
 * `config` leaves open is as in the thread that created it, if that had started its provider by then.
 *
 * With OTEL_SDK_DISABLED the API is left as it is.
 *
 * @throws ConfigurationError listing every problem of the configuration and of the environment, or that this thread has a
 *   provider already; nothing is started then
 */
export function startMeterProvider(config: MeterConfig = {}): Metering {
  if (typeof config !== 'object' || config === null)
    throw new ConfigurationError('startMeterProvider', ['the configuration must be an object']);
  const whole = { ...inheritedConfig(), ...withoutUndefined(config) };
  const settings = meterSettingsOf(whole, process.env);
  const isGlobal = settings.isGlobal && !settings.isDisabled;
  // Before this thread attaches to the registry of a token, which nobody would take back.
  if (isGlobal && isStarted)
    throw new ConfigurationError('startMeterProvider', [
      'it runs in this thread already; end that with shutdown() of what it returned first',
    ]);
  const registry = registryOf(whole.registry);
  const provider = new SlotMeterProvider(registry, settings);
  if (isGlobal) becomeGlobal(provider);
  if (settings.hasTargetInfo && !settings.isDisabled) showTarget(registry, settings.attributes);
  return new ThreadMetering(provider, sharedConfig(whole), isGlobal);
}

class ThreadMetering implements Metering {
  private isOver = false;

  constructor(
    readonly provider: SlotMeterProvider,
    readonly configuration: SharedMeterConfig,
    private readonly isGlobal: boolean,
  ) {
    setEnvironmentData(ENVIRONMENT_KEY, configuration as never);
  }

  shutdown(): void {
    if (this.isOver) return;
    this.isOver = true;
    setEnvironmentData(ENVIRONMENT_KEY, undefined as never);
    this.provider.close();
    if (!this.isGlobal) return;
    metrics.disable();
    isStarted = false;
  }

  [Symbol.dispose](): void {
    this.shutdown();
  }
}

function becomeGlobal(provider: SlotMeterProvider): void {
  if (!metrics.setGlobalMeterProvider(provider)) {
    throw new ConfigurationError('startMeterProvider', [
      'another meter provider is registered in this thread; start only one of them',
    ]);
  }
  isStarted = true;
}

/** Without what would make another series of each process, or is nobody's business who scrapes. */
function shownAttributes(): ResourceAttributes {
  const hidden = ['process.pid', 'process.owner', 'process.executable.path', 'host.id'];
  return Object.fromEntries(Object.entries(detectedAttributes()).filter(([key]) => !hidden.includes(key)));
}

/** The resource as the label set of one info, which Prometheus joins with what it scrapes (`target_info`). */
function showTarget(registry: Registry, named: ResourceAttributes): void {
  const attributes: ResourceAttributes = {
    'service.name': 'unknown_service:node',
    ...shownAttributes(),
    ...named,
  };
  const text = attributeText(instrumentText(TARGET), attributes);
  try {
    // As many labels as the resource has attributes: a family with label names of its own has a limit of them.
    const options = { name: TARGET.name, help: TARGET_HELP, openLabels: true };
    registry.info(options as unknown as InfoOptions).set({ [ATTRIBUTES_LABEL]: text });
  } catch (error) {
    warn(`target_info is not shown: ${(error as Error).message}`, INSTRUMENT_WARNING);
  }
}

function registryOf(registry: Registry | RegistryToken | undefined): Registry {
  if (registry === undefined) return register;
  return isToken(registry) ? Registry.attach(registry) : registry;
}

function isToken(registry: Registry | RegistryToken): registry is RegistryToken {
  return typeof (registry as Registry).share !== 'function';
}

function inheritedConfig(): MeterConfig {
  return isMainThread ? {} : ((getEnvironmentData(ENVIRONMENT_KEY) as MeterConfig | undefined) ?? {});
}

function withoutUndefined(config: MeterConfig): MeterConfig {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

function sharedConfig({ registry, ...shared }: MeterConfig): SharedMeterConfig {
  if (registry === undefined) return shared;
  return { ...shared, registry: isToken(registry) ? registry : registry.share() };
}
