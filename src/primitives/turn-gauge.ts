/** Turn gauge: a gauge with one value for all threads, and a turn to set it. */
import { TurnCell } from '../memory/turn-cell.js';
import { Gauge } from './gauge.js';
import type { GaugeOptions } from './gauge.js';
import type { Labels } from './label-set.js';

export class TurnGauge<L extends string = string> extends Gauge<L> {
  /** As a gauge, which it is to every other thread and to scrapes. @throws Error as Gauge */
  constructor(options: Omit<GaugeOptions<L>, 'sharing'>) {
    super({ ...options, sharing: 'atomic' });
  }

  /**
   * One thread's part in taking turns over a series.
   *
   * @returns a function that is true for one of the threads that call it at about the same time
   * @throws Error when a label is unknown
   */
  turns(labels: Labels<L>): () => boolean {
    const cell = new TurnCell(this.binding.sharedOnlyWriter(), this.labels(labels).place);
    return () => cell.take();
  }
}
