/** Registry parts: the values of one registry and what they were made of, for merging them with those of other processes. */
import type { CollectOptions, CollectOutcome } from './collection.js';
import type { Engine } from './engine.js';
import type { KnownMetrics } from './known-metrics.js';
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
interface PartsHost {
  engine(): Engine | undefined;
  collect(options: CollectOptions): Promise<CollectOutcome>;
  readonly view: RegistryView;
  readonly known: KnownMetrics;
}

type Read<T> = (snapshot: PartedSnapshot) => T;

export class RegistryParts {
  constructor(private readonly host: PartsHost) {}

  /** Calls `read` with the values as they are now. */
  read<T>(read: Read<T>): T {
    const { view, ...host } = this.host;
    const engine = host.engine();
    const guests = view.labelled({ families: host.known.guests.snapshots() });
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

  /** As read(), once the collect callbacks of all threads have run, or are late. */
  async collect<T>(read: Read<T>, options: CollectOptions): Promise<{ outcome: CollectOutcome; result: T }> {
    const outcome = await this.host.collect(options);
    return { outcome, result: this.read(read) };
  }
}
