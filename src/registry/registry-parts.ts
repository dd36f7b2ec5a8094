/** Registry parts: the values of one registry and what they were made of, for merging them with those of other processes. */
import type { CollectOptions, CollectOutcome } from './collection.js';
import type { Engine } from './engine.js';
import type { KnownMetrics } from './known-metrics.js';
import type { RenderSettings } from './registry-options.js';
import type { ScrapeOptions } from './render-options.js';
import type { Snapshot } from './snapshot.js';
import { SnapshotParts } from './snapshot-parts.js';
import type { RegistryView } from './view.js';

/** Valid until the function that gets it returns. */
export interface PartedSnapshot {
  /** What lives in the arena, and what it was made of; undefined for a registry that has none yet. */
  readonly own: { readonly snapshot: Snapshot; readonly parts: SnapshotParts } | undefined;
  /** Metrics that live elsewhere. */
  readonly guests: Snapshot;
}

/** What is asked of the registry. */
export interface PartsHost {
  engine(): Engine | undefined;
  collect(options: CollectOptions): Promise<CollectOutcome>;
  /** Throws when the registry was closed since it gave this engine, or nobody wants the answer. */
  refuse(engine: Engine | undefined, options: ScrapeOptions): void;
  readonly settings: RenderSettings;
  readonly view: RegistryView;
  readonly known: KnownMetrics;
}

type Read<T> = (snapshot: PartedSnapshot) => T;

/** Calls `read` with the values of a registry as they are now. */
export function readParts<T>({ parts: host }: PartedRegistry, read: Read<T>): T {
  const { view, known } = host;
  const engine = host.engine();
  const guests = view.labelled({ families: known.guests.snapshots() });
  if (engine === undefined) return read({ own: undefined, guests });
  const { attachment, snapshots } = engine;
  attachment.pin();
  try {
    const parts = new SnapshotParts(attachment);
    return read({ own: { snapshot: view.labelled(snapshots.take()), parts }, guests });
  } finally {
    attachment.unpin();
  }
}

/** As readParts(), once the collect callbacks of all threads have run, or are late. */
export async function collectParts<T>(
  registry: PartedRegistry,
  read: Read<T>,
  options: CollectOptions,
): Promise<{ outcome: CollectOutcome; result: T }> {
  const outcome = await registry.parts.collect(options);
  return { outcome, result: readParts(registry, read) };
}

interface PartedRegistry {
  readonly parts: PartsHost;
}
