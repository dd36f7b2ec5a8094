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
import type { FamilyDescription, FamilyDescriptor, FamilyType } from '../primitives/family-descriptor.js';
import { describeFamily } from '../primitives/family-descriptor.js';
import type { Metric, MetricObject } from '../primitives/metric.js';
import type { MetricObjectWithValues } from '../primitives/readings.js';
import type { FamilyBinding, RegisteredMetric } from '../primitives/registrar.js';
import { showAggregated } from './aggregated-metrics.js';
import type { Readings } from './aggregated-metrics.js';
import { Collection } from './collection.js';
import type { CollectOptions, CollectOutcome, Collecting } from './collection.js';
import { OPENMETRICS_CONTENT_TYPE, PROMETHEUS_CONTENT_TYPE } from './content-types.js';
import type { OpenMetricsContentType, PrometheusContentType, RegistryContentType } from './content-types.js';
import { Engine } from './engine.js';
import { ExpositionRun } from './exposition-run.js';
import { askOnce } from './guests.js';
import type { GuestHome, GuestMetric, HousedMetric } from './guests.js';
import { KnownMetrics, alreadyRegistered, housingOf } from './known-metrics.js';
import type { KnownMetric } from './known-metrics.js';
import { addMerged } from './merged-registry.js';
import { MetricFactory } from './metric-factory.js';
import type { CardinalityReport, MemoryReport, ThreadReport } from './reports.js';
import { cardinalityReport, seriesByFamily, threadReports } from './reports.js';
import type { PartsHost } from './registry-parts.js';
import type { RegistryOptions, RegistrySettings } from './registry-options.js';
import { limitsFor, settingsFrom, sizesFor } from './registry-options.js';
import { OWN_LABELS_MAX, isOwnFamily } from './own-families.js';
import { checkToken } from './registry-token.js';
import type { RegistryToken } from './registry-token.js';
import type { RenderOptions, ScrapeOptions } from './render-options.js';
import { checkRenderOptions, checkScrapeOptions, collectTimeoutOf } from './render-options.js';
import type { RenderedBody, RenderedFormat } from './renderers.js';
import { formatFor } from './renderers.js';
import { runToEnd } from './slices.js';
import type { Snapshot } from './snapshot.js';
import { RegistryView, copyOf, textOf } from './view.js';
import type { ShownFormat } from './view.js';

export interface Rendering extends RenderedBody, CollectOutcome {
  readonly contentType: string;
}

/** How a registry finds its arena: once, when it is first needed. */
type ArenaSource = () => { arena: Arena; settings: RegistrySettings };

export class Registry<T extends RegistryContentType = RegistryContentType> extends MetricFactory {
  static readonly PROMETHEUS_CONTENT_TYPE: PrometheusContentType = PROMETHEUS_CONTENT_TYPE;
  static readonly OPENMETRICS_CONTENT_TYPE: OpenMetricsContentType = OPENMETRICS_CONTENT_TYPE;

  /** The default registry. */
  static globalRegistry: Registry;

  private source: ArenaSource;
  /** Until its first use, a registry that nobody shares has no arena, and no family that is not a guest. */
  private isBlank = true;
  private readonly settings: RegistrySettings;
  private started: Engine | undefined;
  private readonly view = new RegistryView();
  /** What registries that show metrics of this one ask of it. */
  private readonly home: GuestHome = {
    // Closed, it stays so: to read it would attach this thread again.
    collectFor: async timeoutMs => {
      if (this.started !== undefined)
        await this.collection.collect(this.started.attachment.collectors, timeoutMs);
    },
    snapshotOf: name => this.started?.snapshotOf(name),
  };
  private readonly known = new KnownMetrics(this.home);
  private readonly collection = new Collection(options => this.counter(options));

  /**
   * A registry with an arena of its own.
   *
   * @param options limits, or a content type as other client libraries take it
   * @throws ConfigurationError listing every problem, TypeError for another content type; nothing is created
   */
  constructor(options: RegistryOptions | T = {}) {
    super();
    if (typeof options === 'string') this.view.setContentType(options, TypeError);
    const settings = settingsFrom(typeof options === 'string' ? {} : options);
    this.settings = settings;
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
  static over(source: ArenaSource, contentTypeSet?: (contentType: RegistryContentType) => void): Registry {
    const registry = new Registry();
    registry.source = source;
    registry.isBlank = false;
    registry.view.contentTypeSet = contentTypeSet;
    return registry;
  }

  /**
   * A registry that shows the metrics of others, as they are at each of its scrapes; default labels of theirs are not
   * shown.
   *
   * @throws Error when two of them have a metric of one name, or not the same content type
   */
  static merge(registers: readonly Registry[]): Registry {
    const { contentType } = registers[0]!;
    if (registers.some(registry => registry.contentType !== contentType))
      throw new Error('Registers can only be merged if they have the same content type');
    const merged = new Registry(contentType);
    const metrics = registers.flatMap(registry => registry.everyMetric());
    addMerged(metrics, metric => merged.addGuest(metric));
    return merged;
  }

  /** One of what getMetricsAsJSON() returned in several. @throws Error for an aggregator that there is not */
  static aggregate(metrics: Readings, contentType: RegistryContentType = PROMETHEUS_CONTENT_TYPE): Registry {
    return showAggregated(new Registry(), metrics, contentType);
  }

  /** The metric of this name that this thread has defined or registered, or undefined. */
  getSingleMetric<L extends string = string>(name: string): Metric<L> | undefined {
    return this.known.get(name) as Metric<L> | undefined;
  }

  /**
   * The metrics that this thread has defined or registered, in that order.
   *
   * @param aggregator those alone that have this one; `sum` is that of metrics that name none
   */
  getMetricsAsArray(aggregator?: string): MetricObject[] {
    const all = this.known.all() as object[] as MetricObject[];
    return aggregator === undefined ? all : all.filter(metric => (metric.aggregator ?? 'sum') === aggregator);
  }

  /**
   * Runs a callback in this thread before any thread scrapes, as the `collect` of a metric is run, where one reading gives
   * values to several families. Takes the place of the `collect` of the family, if that has one.
   *
   * @param family the name by which failures are told; removing that family, clear() and close() end the callback too
   * @returns ends it
   */
  onCollect(family: string, callback: () => void | Promise<void>): () => void {
    return this.collection.run(family, callback, this.engine.attachment.collectors);
  }

  /**
   * Shows a metric that does not live here, too: one of another registry, or any object with a name and a get() that gives
   * `{ name, help, type, values }`. In this thread's scrapes only. The same object again changes nothing; one that was
   * removed from here is there again.
   *
   * @throws Error when there is another metric of its name, TypeError when it is no metric
   */
  registerMetric(metric: GuestMetric): void {
    if (typeof metric?.name !== 'string' || typeof metric.get !== 'function')
      throw new TypeError('a metric has a name and a get() that gives its values');
    const housing = housingOf(metric);
    if (housing?.home !== this.home) this.addGuest({ metric, home: housing?.home });
    else if (this.known.get(metric.name) !== metric)
      this.bind(housing.descriptor, metric as RegisteredMetric);
  }

  /** Removes a family and its series, in every thread. Metric objects that are left record nothing from then on. */
  removeSingleMetric(name: string): void {
    if (this.known.guests.remove(name) || this.isBlank) return;
    const familyName = this.known.remove(name);
    this.collection.remove(familyName);
    this.engine.removeFamily(familyName);
  }

  /** Removes every family, in every thread, and the default labels. */
  clear(): void {
    this.view.setDefaultLabels({});
    this.known.guests.clear();
    this.known.clear();
    this.collection.clear();
    if (!this.isBlank) this.engine.removeAllFamilies();
  }

  /** Starts every family again: series with labels are removed, the others are 0. In every thread. */
  resetMetrics(): void {
    this.known.guests.reset();
    if (this.isBlank) return;
    this.engine.resetAllFamilies();
    this.known.purge();
  }

  /**
   * Runs the collect callbacks of all threads, each in the thread that defined its metric, then renders every family of
   * the registry, or those that are named. Waits for the callbacks up to collectTimeoutMs; a family whose callback failed
   * or is late is rendered with its last values.
   *
   * @returns text of the registry's content type
   * @throws ConfigurationError when an option is none, or out of range; no callback has run then
   */
  async metrics(options: ScrapeOptions = {}): Promise<string> {
    checkScrapeOptions(options);
    return textOf(await this.render(options));
  }

  /**
   * One metric as text of the registry's content type, without a line end behind it; registered here or not. Runs its
   * collect callback in this thread.
   *
   * @throws what the callback throws
   */
  async getMetricsAsString(metric: GuestMetric): Promise<string> {
    const housing = housingOf(metric);
    if (housing === undefined) return this.view.textOfFamily(await askOnce(metric), this.shownSettings);
    await (metric as RegisteredMetric).collect?.();
    return this.view.textOfFamily(housing.home.snapshotOf(metric.name), this.shownSettings);
  }

  /** As getMetricsAsString(). @throws TypeError when there is no metric of this name */
  async getSingleMetricAsString(name: string): Promise<string> {
    const metric = this.known.get(name);
    if (metric !== undefined) return this.getMetricsAsString(metric);
    const family = this.isBlank ? undefined : this.engine.snapshotOf(name);
    if (family === undefined) throw new TypeError(`there is no metric with the name ${name}`);
    return this.view.textOfFamily(family, this.shownSettings);
  }

  /**
   * As metrics(), as bytes in the format that `accept` asks for, by default the registry's, with their content type, the
   * threads that were late and the callbacks of this thread that failed. Release the bytes once they are sent, and scrapes
   * reuse the memory. Read them, and do not write to them: the next rendering goes on from what they say.
   *
   * Goes on for a few milliseconds at a time, and lets the event loop turn in between; one rendering of a registry waits for
   * another. A registry of some ten thousand series takes no turn.
   *
   * @throws ConfigurationError as metrics() does; the reason of `signal`; Error when the registry is closed meanwhile
   */
  async render(options: RenderOptions = {}): Promise<Rendering> {
    checkRenderOptions(options);
    const format = this.view.formatFor(options.accept);
    const engine = this.isBlank ? undefined : this.engine;
    await format.load();
    const outcome = this.collectIn(engine, options);
    // What is ready takes no turn more.
    const { late, collectErrors } = outcome instanceof Promise ? await outcome : outcome;
    const rendered = this.renderAll(format, options);
    const { body, release } = rendered instanceof Promise ? await rendered : rendered;
    return { body, release, late, collectErrors, contentType: format.contentType };
  }

  /**
   * The content type of what render() returns for this Accept header: of all formats that are there, the one that the
   * header gives the most weight, and the text format 0.0.4 where it names none of them. Never throws.
   */
  contentTypeFor(accept: string | undefined): string {
    return this.view.formatFor(accept).contentType;
  }

  /** Renders the values as they are, without collect callbacks, as text 0.0.4. Synchronous, in one piece; waits for nothing. */
  renderNow(): Uint8Array {
    const shown = this.view.show({ format: formatFor(undefined), settings: this.shownSettings });
    const own = this.isBlank ? shown.nothing() : runToEnd(new ExpositionRun(this.engine, shown).steps);
    return copyOf(this.withGuests(own, shown));
  }

  /** What metrics() returns, and render() where nothing asks for another one. */
  get contentType(): RegistryContentType {
    return this.view.contentType;
  }

  /** @throws Error when it is none that a registry can have; the one that it has stays */
  setContentType(contentType: RegistryContentType): void {
    this.view.setContentType(contentType, Error);
  }

  /**
   * Labels of every series that this registry object shows, of all threads, from now on; those that a series has itself
   * win. They are no part of the arena: another thread that scrapes sets its own. An empty object for none.
   *
   * @throws TypeError, ConfigurationError when they cannot be labels; those that are set stay
   */
  setDefaultLabels(labels: object): void {
    this.view.setDefaultLabels(labels);
  }

  /**
   * Runs the collect callbacks of all threads as metrics() does, then reads every family of the registry, whichever thread
   * defined it, as plain objects in the form of prom-client's JSON.
   *
   * @param options those of a scrape, or the aggregator of the families that are wanted
   * @throws ConfigurationError as metrics() does
   */
  async getMetricsAsJSON(options: ScrapeOptions | string = {}): Promise<MetricObjectWithValues[]> {
    await this.collectWhileOpen(typeof options === 'string' ? {} : options);
    const own = this.isBlank ? [] : this.engine.reader.all();
    const all = this.view.readings([...own, ...this.known.guests.readings()]);
    if (typeof options !== 'string') return all;
    // Guests need not name one.
    return all.filter(reading => ((reading.aggregator as string | undefined) ?? 'sum') === options);
  }

  /** The values of every family, read once, in one piece. Valid until the event loop turns, or this registry takes its next snapshot. */
  snapshot(): Snapshot {
    return this.engine.snapshots.take();
  }

  /** What registry-parts.ts reads: for what takes values to other processes. */
  get parts(): PartsHost {
    const engine = (): Engine | undefined => (this.isBlank ? undefined : this.engine);
    const collect = (options: CollectOptions): Promise<CollectOutcome> => this.collectWhileOpen(options);
    const refuse: PartsHost['refuse'] = (of, options) => this.refuseToGoOn(of, options);
    return { engine, collect, refuse, settings: this.shownSettings, view: this.view, known: this.known };
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
    this.known.clear();
  }

  describe(type: FamilyType, options: FamilyDescription): FamilyDescriptor {
    const { arena, settings } = this.engine;
    const { labelsMax } = arena.limits;
    return describeFamily(
      type,
      options,
      isOwnFamily(options?.name) ? Math.max(labelsMax, OWN_LABELS_MAX) : labelsMax,
      settings.nameValidationScheme,
    );
  }

  bind(descriptor: FamilyDescriptor, metric: RegisteredMetric): FamilyBinding {
    // Another thread may have removed the family since: then this one defines it again.
    const { name } = descriptor;
    const isHere = this.known.own(name) !== undefined && this.engine.isDefined(name);
    if (isHere || this.known.guests.get(name) !== undefined) throw alreadyRegistered(name);
    const binding = this.engine.define(descriptor);
    this.known.add(metric, descriptor);
    this.collection.add(metric, this.engine.attachment.collectors);
    return binding;
  }

  protected ownMetric(name: string): KnownMetric | undefined {
    return this.known.own(name);
  }

  protected restore({ descriptor }: KnownMetric): void {
    if (!this.engine.isDefined(descriptor.name)) this.engine.define(descriptor);
  }

  /** @throws Error when there is another metric of its name */
  private addGuest({ metric, home }: HousedMetric): void {
    const { name } = metric;
    const known = this.known.get(name);
    if (known === metric) return;
    if (known !== undefined || (!this.isBlank && this.engine.isDefined(name))) throw alreadyRegistered(name);
    this.known.guests.add(metric, home);
  }

  /** Those of other threads included, as objects that read them. */
  private everyMetric(): HousedMetric[] {
    const own = this.isBlank ? [] : this.engine.catalogue.families();
    const metrics = own.map(({ descriptor: { name } }): HousedMetric => {
      const get = (): unknown => this.engine.reader.all().find(reading => reading.name === name);
      return { metric: this.known.own(name)?.metric ?? { name, get }, home: this.home };
    });
    return [...metrics, ...this.known.guests.housed];
  }

  /** @throws Error when the registry was closed meanwhile: reading it would attach this thread again, for good */
  private async collectWhileOpen(options: ScrapeOptions): Promise<CollectOutcome> {
    return this.collectIn(this.isBlank ? undefined : this.engine, options);
  }

  private collectIn(engine: Engine | undefined, options: ScrapeOptions): Collecting {
    this.refuseToGoOn(engine, options);
    const collected = this.collect(options, engine);
    if (!(collected instanceof Promise)) return collected;
    return collected.then(outcome => {
      this.refuseToGoOn(engine, options);
      return outcome;
    });
  }

  /** Called whenever the event loop may have turned. */
  private refuseToGoOn(engine: Engine | undefined, { signal }: ScrapeOptions): void {
    signal?.throwIfAborted();
    if (engine !== undefined && this.started !== engine)
      throw new Error('the registry was closed while it was scraped');
  }

  private renderAll(format: RenderedFormat, options: ScrapeOptions): RenderedBody | Promise<RenderedBody> {
    const { names } = options;
    const shown = this.view.show({ format, names, settings: this.shownSettings });
    if (this.isBlank) return this.withGuests(shown.nothing(), shown);
    const { engine } = this;
    const refuse = (): void => this.refuseToGoOn(engine, options);
    const own = engine.slices.run(new ExpositionRun(engine, { renderer: shown.renderer, names, refuse }));
    return own instanceof Promise
      ? own.then(body => this.withGuests(body, shown))
      : this.withGuests(own, shown);
  }

  /** Adds what does not live in the arena, and is not there by its name. */
  private withGuests(own: RenderedBody, shown: ShownFormat): RenderedBody {
    return this.known.guests.size === 0 ? own : this.addGuests(own, shown);
  }

  private addGuests(own: RenderedBody, shown: ShownFormat): RenderedBody {
    const { guests } = this.known;
    const isTaken = (name: string): boolean => !this.isBlank && this.engine.isDefined(name);
    return shown.withGuests(
      own,
      guests.snapshots().filter(({ descriptor }) => !isTaken(descriptor.name)),
    );
  }

  /** Those of the arena, where there is one. */
  private get shownSettings(): RegistrySettings {
    return this.isBlank ? this.settings : this.engine.settings;
  }

  private get engine(): Engine {
    return this.start().started!;
  }

  private start(): this {
    if (this.started !== undefined) return this;
    this.isBlank = false;
    const { arena, settings } = this.source();
    // Closed and used again, it is the same registry.
    this.source = () => ({ arena, settings });
    watchWorkerExits();
    this.started = new Engine(attachThread(arena), settings, {
      overflowCounter: options => this.counter(options),
      purge: () => this.known.purge(),
    });
    return this;
  }

  private collect(options: ScrapeOptions, engine: Engine | undefined): Collecting {
    const { collectTimeoutMs } = engine?.settings ?? this.settings;
    const timeoutMs = collectTimeoutOf(options, collectTimeoutMs);
    return this.collection.collectAll(engine?.attachment.collectors, this.known.guests, timeoutMs);
  }
}
