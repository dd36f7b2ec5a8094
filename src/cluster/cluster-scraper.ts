/** Cluster scraper: one registry's scrapes over the processes of a cluster. Loaded with the first one. */
import { formatFor, Renderers } from '../registry/renderers.js';
import { isNamed } from '../registry/name-filter.js';
import type { CollectOutcome } from '../registry/collection.js';
import type { Registry, Rendering } from '../registry/registry.js';
import { collectParts } from '../registry/registry-parts.js';
import { collectTimeoutOf } from '../registry/render-options.js';
import type { RenderOptions, ScrapeOptions } from '../registry/render-options.js';
import type { Snapshot } from '../registry/snapshot.js';
import { MergedSnapshots } from './merged-snapshot.js';
import type { LateWorker, PrimaryLink } from './primary-link.js';
import { mergeProcesses } from './process-merge.js';
import { familyPartsOf } from './process-snapshot.js';
import type { FamilyPart } from './process-snapshot.js';

/** A rendering over processes. */
export interface ClusterRendering extends Rendering {
  /** The workers that are shown by an earlier snapshot, or not at all, in the order of their ids. */
  readonly lateWorkers: readonly LateWorker[];
}

interface ClusterSnapshot extends CollectOutcome {
  readonly snapshot: Snapshot;
  readonly lateWorkers: readonly LateWorker[];
}

const PRIMARY = 0;

export class ClusterScraper {
  private readonly snapshots = new MergedSnapshots();
  private readonly renderers = new Renderers();

  /**
   * @param link undefined in a process that has no workers: then its own values are all there is
   * @param registriesOf what this process shows, asked for at each scrape
   */
  constructor(
    private readonly link: PrimaryLink | undefined,
    private readonly registriesOf: () => readonly Registry[],
    private readonly collectTimeoutMs: number,
  ) {}

  async render(options: RenderOptions): Promise<ClusterRendering> {
    const format = formatFor(options.accept);
    await format.load();
    const { snapshot, ...outcome } = await this.scrape(options);
    const { names } = options;
    // Processes are shown alike: as the first registry that this one shows.
    const settings = this.registriesOf()[0]?.parts.settings ?? {};
    const renderer = this.renderers.for(format, names !== undefined, settings);
    const wanted = names && new Set(names);
    const families = snapshot.families.filter(
      ({ descriptor }) => wanted === undefined || isNamed(descriptor, wanted),
    );
    const rendered = renderer.render({ families });
    return { ...rendered, ...outcome, contentType: format.contentType };
  }

  /** Runs the callbacks of all processes, and reads them. The snapshot is valid until the next one. */
  async scrape(options: ScrapeOptions): Promise<ClusterSnapshot> {
    const timeoutMs = collectTimeoutOf(options, this.collectTimeoutMs);
    const [lateWorkers, own] = await Promise.all([
      this.link?.ask(timeoutMs) ?? [],
      this.collectOwn(timeoutMs),
    ]);
    const { families, conflicts } = mergeProcesses([
      { process: PRIMARY, families: own.families },
      ...(this.link?.inputs() ?? []),
    ]);
    this.link?.countConflicts(conflicts);
    const snapshot = this.snapshots.snapshotOf([...families, ...(this.link?.ownFamilies() ?? [])]);
    return { snapshot, lateWorkers, late: own.late, collectErrors: own.collectErrors };
  }

  private async collectOwn(timeoutMs: number): Promise<CollectOutcome & { families: FamilyPart[] }> {
    const results = await Promise.all(
      this.registriesOf().map(registry =>
        collectParts(registry, familyPartsOf, { collectTimeoutMs: timeoutMs }),
      ),
    );
    return {
      families: results.flatMap(({ result }) => result),
      late: results.flatMap(({ outcome }) => outcome.late),
      collectErrors: results.flatMap(({ outcome }) => outcome.collectErrors),
    };
  }
}
