/**
 * Registry: the families of one arena, as one thread defines, records and scrapes them.
 *
 * Every thread has a Registry object of its own over the same arena; `share()` and `Registry.attach()` connect them, and
 * the default `register` is connected already. Any thread may define, record, remove and scrape.
 */
import type { Worker } from 'node:worker_threads';
import { attachArena, createArena } from '../memory/arena.js';
import type { Arena } from '../memory/arena.js';
import { usageOf } from '../memory/arena-usage.js';
import { attachThread, detachThread, expectWorkersOn } from '../memory/attachment.js';
import { watchWorker, watchWorkerExits } from '../memory/worker-exits.js';
import { Counter } from '../primitives/counter.js';
import type { CounterOptions } from '../primitives/counter.js';
import type { FamilyDescription, FamilyDescriptor, FamilyType } from '../primitives/family-descriptor.js';
import { INFO_SUFFIX, describeConflict, describeFamily } from '../primitives/family-descriptor.js';
import { Gauge } from '../primitives/gauge.js';
import type { GaugeOptions } from '../primitives/gauge.js';
import { Histogram } from '../primitives/histogram.js';
import type { HistogramOptions } from '../primitives/histogram.js';
import { Info } from '../primitives/info.js';
import type { InfoOptions } from '../primitives/info.js';
import type { MetricObjectWithValues } from '../primitives/readings.js';
import type { FamilyBinding, RegisteredMetric, Registrar } from '../primitives/registrar.js';
import { StateSet } from '../primitives/state-set.js';
import type { StateSetOptions } from '../primitives/state-set.js';
import { Summary } from '../primitives/summary.js';
import type { SummaryOptions } from '../primitives/summary.js';
import { Collection } from './collection.js';
import type { CollectOutcome } from './collection.js';
import { Engine } from './engine.js';
import { ExpositionRun } from './exposition-run.js';
import type { CardinalityReport, MemoryReport, ThreadReport } from './reports.js';
import { cardinalityReport, seriesByFamily, threadReports } from './reports.js';
import type { RegistryOptions, RegistrySettings } from './registry-options.js';
import { limitsFor, settingsFrom, sizesFor } from './registry-options.js';
import { OWN_LABELS_MAX, isOwnFamily } from './own-families.js';
import { checkToken } from './registry-token.js';
import type { RegistryToken } from './registry-token.js';
import type { RenderOptions, ScrapeOptions } from './render-options.js';
import { checkRenderOptions, checkScrapeOptions, collectTimeoutOf } from './render-options.js';
import type { RenderedBody, RenderedFormat } from './renderers.js';
import { formatFor, Renderers } from './renderers.js';
import { runToEnd } from './slices.js';
import type { Snapshot } from './snapshot.js';

/** The text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
export type PrometheusContentType = typeof PROMETHEUS_CONTENT_TYPE;

export interface Rendering extends RenderedBody, CollectOutcome {
  readonly contentType: string;
}

/** How a registry finds its arena: once, when it is first needed. */
type ArenaSource = () => { arena: Arena; settings: RegistrySettings };

export class Registry implements Registrar {
  static readonly PROMETHEUS_CONTENT_TYPE: PrometheusContentType = PROMETHEUS_CONTENT_TYPE;

  private source: ArenaSource;
  private started: Engine | undefined;
  private readonly renderers = new Renderers();
  private readonly metricsByName = new Map<
    string,
    { metric: RegisteredMetric; descriptor: FamilyDescriptor }
  >();
  private readonly collection = new Collection(options => this.counter(options));

  /**
   * A registry with an arena of its own.
   *
   * @param options limits, or a content type as other client libraries take it
   * @throws ConfigurationError listing every problem, TypeError for another content type; nothing is created
   */
  constructor(options: RegistryOptions | PrometheusContentType = {}) {
    if (typeof options === 'string') checkContentType(options, TypeError);
    const settings = settingsFrom(typeof options === 'string' ? {} : options);
    this.source = () => ({ arena: createArena(sizesFor(settings), limitsFor(settings)), settings });
  }

  /**
   * Another thread's registry, from its token.
   *
   * @throws LayoutMismatchError when `token` is none, or comes from another version of the package
   */
  static attach(token: RegistryToken): Registry {
    checkToken(token);
    return Registry.over(() => ({ arena: attachArena(token.arena), settings: token.settings })).start();
  }

  /** A registry whose arena is found at its first use. For the default registry. */
  static over(source: ArenaSource): Registry {
    const registry = new Registry();
    registry.source = source;
    return registry;
  }

  /** The counter of this name, defined now if it is not. @throws Error as the constructor, DefinitionConflictError */
  counter<const L extends string = never>(options: CounterOptions<L>): Counter<L> {
    return this.getOrCreate(
      'counter',
      options,
      Counter<L>,
      () => new Counter<L>({ ...options, registers: [this] }),
    );
  }

  /** The gauge of this name, defined now if it is not. @throws Error as the constructor, DefinitionConflictError */
  gauge<const L extends string = never>(options: GaugeOptions<L>): Gauge<L> {
    return this.getOrCreate(
      'gauge',
      options,
      Gauge<L>,
      () => new Gauge<L>({ ...options, registers: [this] }),
    );
  }

  /** The histogram of this name, defined now if it is not. @throws Error as the constructor, DefinitionConflictError */
  histogram<const L extends string = never>(options: HistogramOptions<L>): Histogram<L> {
    const create = (): Histogram<L> => new Histogram<L>({ ...options, registers: [this] });
    return this.getOrCreate('histogram', Histogram.withDefaults(options), Histogram<L>, create);
  }

  /** The summary of this name, defined now if it is not. @throws Error as the constructor, DefinitionConflictError */
  summary<const L extends string = never>(options: SummaryOptions<L>): Summary<L> {
    const create = (): Summary<L> => new Summary<L>({ ...options, registers: [this] });
    return this.getOrCreate('summary', Summary.withDefaults(options), Summary<L>, create);
  }

  /** The info of this name, defined now if it is not. @throws Error as the constructor, DefinitionConflictError */
  info<const L extends string>(options: InfoOptions<L>): Info<L> {
    const create = (): Info<L> => new Info<L>({ ...options, registers: [this] });
    return this.getOrCreate('info', Info.withDefaults(options), Info<L>, create);
  }

  /** The state set of this name, defined now if it is not. @throws Error as the constructor, DefinitionConflictError */
  stateSet<const L extends string = never, const S extends string = string>(
    options: StateSetOptions<L, S>,
  ): StateSet<L, S> {
    const create = (): StateSet<L, S> => new StateSet<L, S>({ ...options, registers: [this] });
    return this.getOrCreate('stateset', options, StateSet<L, S>, create);
  }

  /** The metric of this name that this thread has defined, or undefined. */
  getSingleMetric(name: string): RegisteredMetric | undefined {
    return this.metricsByName.get(this.familyNameOf(name))?.metric;
  }

  /** Removes a family and its series, in every thread. Metric objects that are left record nothing from then on. */
  removeSingleMetric(name: string): void {
    const familyName = this.familyNameOf(name);
    this.metricsByName.delete(familyName);
    this.collection.remove(familyName);
    this.engine.removeFamily(familyName);
  }

  /** Removes every family, in every thread. */
  clear(): void {
    this.metricsByName.clear();
    this.collection.clear();
    this.engine.removeAllFamilies();
  }

  /** Starts every family again: series with labels are removed, the others are 0. In every thread. */
  resetMetrics(): void {
    this.engine.resetAllFamilies();
    for (const { metric } of this.metricsByName.values()) metric.purge();
  }

  /**
   * Runs the collect callbacks of all threads, each in the thread that defined its metric, then renders every family of
   * the registry, or those that are named. Waits for the callbacks up to collectTimeoutMs; a family whose callback failed
   * or is late is rendered with its last values.
   *
   * @returns the text format 0.0.4
   * @throws ConfigurationError when an option is none, or out of range; no callback has run then
   */
  async metrics(options: ScrapeOptions = {}): Promise<string> {
    checkScrapeOptions(options);
    const { body, release } = await this.render(options);
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
    release();
    return text;
  }

  /**
   * As metrics(), as bytes in the format that `accept` asks for, with their content type, the threads that were late and
   * the callbacks of this thread that failed. Release the bytes once they are sent, and scrapes reuse the memory.
   *
   * Goes on for a few milliseconds at a time, and lets the event loop turn in between; one rendering of a registry waits for
   * another. A registry of some ten thousand series takes no turn.
   *
   * @throws ConfigurationError as metrics() does; the reason of `signal`; Error when the registry is closed meanwhile
   */
  async render(options: RenderOptions = {}): Promise<Rendering> {
    checkRenderOptions(options);
    const format = formatFor(options.accept);
    const { engine } = this;
    const { late, collectErrors } = await this.collectWhileOpen(options, format);
    const run = this.newRun(format, options.names, () => this.refuseToGoOn(engine, options));
    const rendered = engine.slices.run(run);
    // What is ready takes no turn more.
    const { body, release } = rendered instanceof Promise ? await rendered : rendered;
    return { body, release, late, collectErrors, contentType: format.contentType };
  }

  /**
   * The content type of what render() returns for this Accept header: of all formats that are there, the one that the
   * header gives the most weight, and the text format 0.0.4 where it names none of them. Never throws.
   */
  contentTypeFor(accept: string | undefined): string {
    return formatFor(accept).contentType;
  }

  /** Renders the values as they are, without collect callbacks. Synchronous, in one piece; waits for nothing. */
  renderNow(): Uint8Array {
    return runToEnd(this.newRun(formatFor(undefined), undefined).steps).body;
  }

  get contentType(): PrometheusContentType {
    return PROMETHEUS_CONTENT_TYPE;
  }

  /** @throws Error when this registry cannot render the type */
  setContentType(contentType: PrometheusContentType): void {
    checkContentType(contentType, Error);
  }

  /**
   * Runs the collect callbacks of all threads as metrics() does, then reads every family of the registry, whichever thread
   * defined it, as plain objects in the form of prom-client's JSON.
   *
   * @throws ConfigurationError as metrics() does
   */
  async getMetricsAsJSON(options: ScrapeOptions = {}): Promise<MetricObjectWithValues[]> {
    await this.collectWhileOpen(options);
    return this.engine.reader.all();
  }

  /** The values of every family, read once, in one piece. Valid until the event loop turns, or this registry takes its next snapshot. */
  snapshot(): Snapshot {
    return this.engine.snapshots.take();
  }

  /** What other threads attach with: `new Worker(file, { workerData: registry.share() })`. */
  share(): RegistryToken {
    // Its exit is this thread's to see, even if this registry is closed by then.
    expectWorkersOn(this.engine.arena);
    return { arena: this.engine.arena.buffer, settings: this.engine.settings };
  }

  /**
   * Returns a worker's stripe when it exits. Needed only for workers that were created before this thread loaded the
   * package; all others are watched by themselves.
   */
  watch(worker: Worker): void {
    watchWorker(worker);
  }

  /** Series in use against the limits, and the families with suspicious label names. Looks at all changes in one piece. */
  cardinality(): CardinalityReport {
    return cardinalityReport(this.engine);
  }

  /** Number of series by family name, the largest first. */
  seriesByFamily(): Record<string, number> {
    return seriesByFamily(this.engine);
  }

  /** How much of the registry's memory has been needed so far, and what went wrong in it. */
  memory(): MemoryReport {
    return usageOf(this.engine.arena);
  }

  /** The threads that are attached, with the age of their last heartbeat. */
  threads(): ThreadReport[] {
    return threadReports(this.engine);
  }

  /** Lets removed series be reused; for a thread whose event loop never turns. Call it while no handle is in use. */
  safePoint(): void {
    this.engine.attachment.safePoint();
  }

  /** Detaches this thread: its stripe is free for another, its counts stay, its handles record nothing any more. */
  close(): void {
    if (this.started === undefined) return;
    this.collection.clear();
    this.started.close();
    detachThread(this.started.arena);
    this.started = undefined;
    this.metricsByName.clear();
  }

  describe(type: FamilyType, options: FamilyDescription): FamilyDescriptor {
    const { labelsMax } = this.engine.arena.limits;
    return describeFamily(
      type,
      options,
      isOwnFamily(options?.name) ? Math.max(labelsMax, OWN_LABELS_MAX) : labelsMax,
    );
  }

  bind(descriptor: FamilyDescriptor, metric: RegisteredMetric): FamilyBinding {
    // Another thread may have removed the family since: then this one defines it again.
    if (this.metricsByName.has(descriptor.name) && this.engine.isDefined(descriptor.name)) {
      throw new Error(`A metric with the name ${descriptor.name} has already been registered.`);
    }
    const binding = this.engine.define(descriptor);
    this.metricsByName.set(descriptor.name, { metric, descriptor });
    this.collection.add(metric, this.engine.attachment.collectors);
    return binding;
  }

  /** An info may be asked for by the name of its sample, as it may be defined by it. */
  private familyNameOf(name: string): string {
    if (this.metricsByName.has(name) || !name.endsWith(INFO_SUFFIX)) return name;
    const base = name.slice(0, -INFO_SUFFIX.length);
    return this.metricsByName.get(base)?.descriptor.type === 'info' ? base : name;
  }

  /** @throws Error when the registry was closed meanwhile: reading it would attach this thread again, for good */
  private async collectWhileOpen(options: ScrapeOptions, format?: RenderedFormat): Promise<CollectOutcome> {
    const { engine } = this;
    await format?.load();
    this.refuseToGoOn(engine, options);
    const outcome = await this.collect(options);
    this.refuseToGoOn(engine, options);
    return outcome;
  }

  /** Called whenever the event loop may have turned. */
  private refuseToGoOn(engine: Engine, { signal }: ScrapeOptions): void {
    signal?.throwIfAborted();
    if (this.started !== engine) throw new Error('the registry was closed while it was scraped');
  }

  private newRun(
    format: RenderedFormat,
    names: readonly string[] | undefined,
    refuse?: () => void,
  ): ExpositionRun {
    const renderer = this.renderers.for(format, names !== undefined);
    return new ExpositionRun(this.engine, { renderer, names, ...(refuse && { refuse }) });
  }

  private get engine(): Engine {
    return this.start().started!;
  }

  private start(): this {
    if (this.started !== undefined) return this;
    const { arena, settings } = this.source();
    // Closed and used again, it is the same registry.
    this.source = () => ({ arena, settings });
    watchWorkerExits();
    this.started = new Engine(attachThread(arena), settings, {
      overflowCounter: options => this.counter(options),
      purge: () => this.purge(),
    });
    return this;
  }

  private collect(options: ScrapeOptions): Promise<CollectOutcome> {
    const { attachment, settings } = this.engine;
    const timeoutMs = collectTimeoutOf(options, settings.collectTimeoutMs);
    return this.collection.collect(attachment.collectors, timeoutMs);
  }

  private purge(): void {
    for (const { metric } of this.metricsByName.values()) metric.purge();
  }

  private getOrCreate<M extends RegisteredMetric>(
    type: FamilyType,
    options: FamilyDescription,
    kind: abstract new (...args: never[]) => M,
    create: () => M,
  ): M {
    const known = this.metricsByName.get(options?.name);
    if (known === undefined) return create();
    const conflict = describeConflict(known.descriptor, this.describe(type, options));
    if (conflict === undefined && known.metric instanceof kind) {
      // Another thread may have removed the family since: defined again, it is found by the metric that is here.
      if (!this.engine.isDefined(options.name)) this.engine.define(known.descriptor);
      return known.metric;
    }
    return this.engine.conflict(
      options.name,
      conflict ?? 'another copy of the package defined it in this thread',
    );
  }
}

function checkContentType(contentType: string, ErrorType: typeof TypeError | typeof Error): void {
  if (contentType !== PROMETHEUS_CONTENT_TYPE)
    throw new ErrorType(`Content type ${contentType} is unsupported`);
}
