/** Span queue: ended spans until they are exported, in the order of their ends, and never more than its capacity. */

export class SpanQueue<T> {
  private readonly places: (T | undefined)[];
  private first = 0;
  private count = 0;

  /** @param capacity at least 1 */
  constructor(readonly capacity: number) {
    // Filled at once: a queue that grows would copy its spans in the thread that records, at its worst moment.
    this.places = Array.from({ length: capacity });
  }

  get size(): number {
    return this.count;
  }

  /** False when it is full; the span is not kept then. */
  offer(span: T): boolean {
    if (this.count === this.capacity) return false;
    this.places[(this.first + this.count) % this.capacity] = span;
    this.count++;
    return true;
  }

  /** Takes out the oldest ones, at most `max` of them. */
  take(max: number): T[] {
    const taken: T[] = [];
    while (taken.length < max && this.count > 0) {
      taken.push(this.places[this.first]!);
      // A place must not keep a span alive that has been exported.
      this.places[this.first] = undefined;
      this.first = (this.first + 1) % this.capacity;
      this.count--;
    }
    return taken;
  }
}
