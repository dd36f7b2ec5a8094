/**
 * Registry export: every family of a registry for somebody else's format, in slices, as a scrape goes.
 *
 * It takes its turn among the renderings of the registry, so a turn of the event loop never has a slice of two.
 */
import type { CollectOutcome } from './collection.js';
import type { FamilySnapshot } from './family-reading.js';
import { ExpositionRun } from './exposition-run.js';
import type { PartsHost } from './registry-parts.js';
import type { ScrapeOptions } from './render-options.js';
import type { FamilyExtent, OpenRendering } from './renderers.js';

/** What an exporter may keep between two exports is of these: of another store, or with other labels, it is wrong. */
export interface ExportedView {
  /** Whose slots the series are, see FamilySnapshot; undefined for a registry that has no memory yet. */
  readonly store: object | undefined;
  readonly labels: object | undefined;
}

/** What the values of a registry are given to. Guests come last, and have stores of their own. */
export interface Exporter<B> {
  readonly isBackward: boolean;
  begin(families: readonly FamilyExtent[], view: ExportedView): OpenRendering<B>;
}

export interface Exported<B> {
  readonly result: B;
  readonly outcome: CollectOutcome;
}

/**
 * Runs the collect callbacks of all threads, then gives the exporter every family, a few rows at a time.
 *
 * @throws the reason of `signal`; Error when the registry is closed meanwhile
 */
export async function exportRegistry<B>(
  { parts: host }: { readonly parts: PartsHost },
  exporter: Exporter<B>,
  options: ScrapeOptions,
): Promise<Exported<B>> {
  const before = host.engine();
  const outcome = await host.collect(options);
  host.refuse(before, options);
  const engine = host.engine();
  const { view } = host;
  const exported: ExportedView = { store: engine?.attachment.records, labels: view.labels };
  const renderer = view.showPieces({
    isBackward: exporter.isBackward,
    begin: families => withGuests(exporter.begin(families, exported), families, host),
  });
  if (engine === undefined) return { outcome, result: renderer.begin([]).finish() };
  const refuse = (): void => host.refuse(engine, options);
  const result = await engine.slices.run(new ExpositionRun(engine, { renderer, names: undefined, refuse }));
  return { outcome, result };
}

/**
 * What all registry objects over one arena have in common in this thread: a registry, and what attach() has made of its token.
 * Made now for a registry that has no memory yet.
 */
export function memoryOf(registry: { readonly parts: Pick<PartsHost, 'engine'>; memory(): unknown }): object {
  if (registry.parts.engine() === undefined) registry.memory();
  return registry.parts.engine()!.arena.buffer;
}

/** Adds what does not live in the arena, and is not there by its name, when everything else was added. */
function withGuests<B>(
  out: OpenRendering<B>,
  families: readonly FamilyExtent[],
  { known, view }: PartsHost,
): OpenRendering<B> {
  if (known.guests.size === 0) return out;
  return {
    add: part => out.add(part),
    abandon: () => out.abandon(),
    finish: () => {
      const taken = new Set(families.map(({ descriptor }) => descriptor.name));
      const isFree = ({ descriptor }: FamilySnapshot): boolean => !taken.has(descriptor.name);
      const guests = view.labelled({ families: known.guests.snapshots().filter(isFree) });
      for (const guest of guests.families) out.add(guest);
      return out.finish();
    },
  };
}
