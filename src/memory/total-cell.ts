/**
 * Total cell: a counter that takes over a total which somebody else keeps - the operating system, a library.
 *
 * Layout    the fraction of a counter's cells in the shared stripe, see layout.ts, "Counter cells"; the integer stays 0.
 * Writers   any thread.
 * Readers   any thread, as of every counter in the shared stripe.
 * Promises  The value is the largest total that any thread has raised it to. So it never goes down, however late a thread
 *           comes with what it read earlier; threads that read the same total do not add up; and a thread that dies
 *           between its reading and here takes nothing away, for the next one brings a total and not a difference.
 * Progress  lock-free: an exchange fails only because another thread has raised the total.
 */
import { AtomicCounterCell } from './counter-cell.js';
import { COUNTER_CELL_FRACTION_OFFSET, U64_BYTES } from './layout.js';

const total = new Float64Array(1);
const totalBits = new BigInt64Array(total.buffer);

export class TotalCell extends AtomicCounterCell {
  /** Raises the counter to `wanted`; one that is not greater, or not finite, changes nothing. */
  raise(wanted: number): void {
    if (!Number.isFinite(wanted) || !this.isPlaced()) return;
    const { quads } = this.writer;
    const index = (this.byteOffset + COUNTER_CELL_FRACTION_OFFSET) / U64_BYTES;
    let seen = Atomics.load(quads, index);
    for (;;) {
      totalBits[0] = seen;
      if (!(wanted > total[0]!)) return;
      total[0] = wanted;
      const found = Atomics.compareExchange(quads, index, seen, totalBits[0]);
      if (found === seen) return;
      seen = found;
    }
  }
}
