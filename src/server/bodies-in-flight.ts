/**
 * Bodies in flight: what is being sent, and how much of it there may be.
 *
 * A slow reader costs the body that it reads, until it has it or is dropped. Readers of one body share it, so what has to
 * be bounded is the number of different bodies: when one more would be too many, the readers of the one that nobody has
 * begun to read for longest are disconnected.
 */

/** A few scrapers that are slow at the same time, each in a format of its own. */
export const BODIES_IN_FLIGHT_MAX = 8;

/** Closes a connection. Never throws. */
type Disconnect = () => void;

export class BodiesInFlight {
  /** The one that somebody began to read last is the last. */
  private readonly readers = new Map<Uint8Array, Set<Disconnect>>();

  constructor(private readonly bodiesMax = BODIES_IN_FLIGHT_MAX) {}

  /** Counts a reader until the returned function is called; calling it again does nothing. */
  begin(body: Uint8Array, disconnect: Disconnect): () => void {
    const readers = this.readers.get(body) ?? new Set();
    readers.add(disconnect);
    this.readers.delete(body);
    this.readers.set(body, readers);
    if (this.readers.size > this.bodiesMax) this.dropOldest();
    return () => {
      readers.delete(disconnect);
      if (readers.size === 0 && this.readers.get(body) === readers) this.readers.delete(body);
    };
  }

  private dropOldest(): void {
    const [body, readers] = this.readers.entries().next().value!;
    this.readers.delete(body);
    // Who is disconnected ends its count at once, which takes it out of this very set.
    for (const disconnect of readers) disconnect();
  }
}
