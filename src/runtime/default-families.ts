/**
 * Default families: makes the families of collectDefaultMetrics in one registry, with the prefix and the labels that were
 * asked for.
 *
 * What belongs to the process has one value for all threads; what belongs to a thread has one for each, which are shown
 * side by side or as one.
 */
import type { Counter, CounterHandle } from '../primitives/counter.js';
import { alreadyRegistered } from '../primitives/definition-conflict.js';
import type { Gauge, GaugeAggregation, GaugeHandle } from '../primitives/gauge.js';
import type { HistogramHandle } from '../primitives/histogram.js';
import { TotalCounter } from '../primitives/total-counter.js';
import { TurnGauge } from '../primitives/turn-gauge.js';
import type { SummaryHandle } from '../primitives/summary.js';
import type { DefaultName } from './default-names.js';
import type { DefaultMetricsSettings, UtilizationSettings } from './default-metrics-options.js';
import { THREAD_LABEL, threadLabels } from './default-metrics-options.js';

type Aggregator = NonNullable<GaugeAggregation['aggregator']>;

/** Label values by name. */
type LabelValues = Readonly<Record<string, string | number>>;

/** A gauge of which this thread sets its own values. */
export interface ThreadGauge {
  /** @param own the labels beside those that every series has */
  set(value: number, own?: LabelValues): void;
}

export class DefaultFamilies {
  private readonly names: readonly string[];
  private readonly ownLabels: LabelValues;
  /** By sample: a registry that is reset has other handles from then on, and this one must not grow with its resets. */
  private readonly threadHandles = new Map<string, GaugeHandle>();

  constructor(readonly settings: DefaultMetricsSettings) {
    this.names = Object.keys(settings.labels);
    this.ownLabels = threadLabels(settings);
  }

  nameOf({ name }: DefaultName): string {
    return this.settings.prefix + name;
  }

  /** A counter of the process, which is set to a total that the operating system keeps. */
  processCounter(named: DefaultName): (total: number) => void {
    const { labels, registry } = this.settings;
    const options = { ...this.described(named), labelNames: this.names, registers: [registry] };
    const counter = this.known(named, TotalCounter<string>) ?? new TotalCounter<string>(options);
    return total => counter.raise(labels, total);
  }

  /** A gauge of the process: one value, whichever thread sets it. */
  processGauge(named: DefaultName, aggregator: Aggregator = 'sum', own: LabelValues = {}): Gauge<string> {
    const { registry } = this.settings;
    const labelNames = [...Object.keys(own), ...this.names];
    return registry.gauge<string>({ ...this.described(named), labelNames, aggregator, sharing: 'atomic' });
  }

  /** As processGauge, with a turn for the thread that reads what the process has. */
  turnGauge(named: DefaultName, aggregator: Aggregator): TurnGauge<string> {
    const { registry } = this.settings;
    const options = {
      ...this.described(named),
      labelNames: this.names,
      aggregator,
      registers: [registry],
    };
    return this.known(named, TurnGauge<string>) ?? new TurnGauge<string>(options);
  }

  /**
   * @param aggregator how the values of several threads become one, unless they are shown by thread
   * @param ownNames labels beside those that every series has; they stand before them
   */
  threadGauge(
    named: DefaultName,
    aggregator: Aggregator = 'sum',
    ownNames: readonly string[] = [],
  ): ThreadGauge {
    const { registry, isByThread, labels } = this.settings;
    const gauge = registry.gauge<string>({
      ...this.described(named),
      labelNames: [...ownNames, ...this.names],
      aggregator: isByThread ? 'thread' : aggregator,
    });
    return {
      set: (value, own) => {
        const handle = gauge.labels(own === undefined ? labels : { ...own, ...labels });
        this.threadHandles.set(`${gauge.name} ${Object.values(own ?? {}).join()}`, handle);
        handle.set(value);
      },
    };
  }

  /** A counter of this thread, by the label that it has beside those of every series. */
  threadCounter(named: DefaultName, ownName: string): (own: string) => CounterHandle {
    const counter: Counter<string> = this.settings.registry.counter<string>({
      ...this.described(named),
      labelNames: this.countedNames(ownName),
    });
    return own => counter.labels({ [ownName]: own, ...this.ownLabels });
  }

  /** A histogram of this thread, by the label that it has beside those of every series. */
  threadHistogram(
    named: DefaultName,
    buckets: readonly number[],
    ownName: string,
  ): (own: string) => HistogramHandle {
    const histogram = this.settings.registry.histogram<string>({
      ...this.described(named),
      labelNames: this.countedNames(ownName),
      buckets,
    });
    return own => histogram.labels({ [ownName]: own, ...this.ownLabels });
  }

  sampledHistogram(named: DefaultName, { buckets }: UtilizationSettings): HistogramHandle {
    const options = { ...this.described(named), labelNames: this.countedNames(), buckets };
    return this.settings.registry.histogram<string>(options).labels(this.ownLabels);
  }

  sampledSummary(named: DefaultName, sampling: UtilizationSettings): SummaryHandle {
    const { percentiles, maxAgeSeconds, ageBuckets } = sampling;
    const described = { ...this.described(named), labelNames: this.countedNames() };
    const options = { ...described, percentiles, maxAgeSeconds, ageBuckets };
    return this.settings.registry.summary<string>(options).labels(this.ownLabels);
  }

  /** Ends this thread's gauges. What it has counted stays. */
  withdraw(): void {
    for (const handle of this.threadHandles.values()) handle.withdraw();
  }

  private described(named: DefaultName): DefaultName {
    return { name: this.nameOf(named), help: named.help };
  }

  /** What is counted stays when its thread ends, so the thread is a label as every other. */
  private countedNames(...ownNames: readonly string[]): string[] {
    return [...ownNames, ...this.names, ...(this.settings.isByThread ? [THREAD_LABEL] : [])];
  }

  /**
   * The metric of an earlier call in this thread.
   *
   * @throws Error when this thread has another metric of the name
   */
  private known<M extends TotalCounter | TurnGauge>(
    named: DefaultName,
    kind: abstract new (...args: never[]) => M,
  ): M | undefined {
    const { registry } = this.settings;
    const { name, help } = this.described(named);
    const metric = registry.getSingleMetric(name);
    if (metric === undefined) return undefined;
    if (!(metric instanceof kind)) throw alreadyRegistered(name);
    const options = { name, help, labelNames: this.names, sharing: 'atomic' } as const;
    // Defines the family again if another thread has removed it, and tells what is different.
    if (metric instanceof TotalCounter) registry.counter<string>(options);
    else registry.gauge<string>({ ...options, aggregator: 'omit' });
    return metric;
  }
}
