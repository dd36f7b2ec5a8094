/** Default collector: one group of default metrics, as one thread collects it. */
import type { DefaultName } from './default-names.js';

export interface DefaultCollector {
  /** By which a failure of the group is told. */
  readonly named: DefaultName;
  /** Brings the values of the group up to date. Runs before a scrape, and when this thread stops collecting. */
  collect(): void;
  /** Ends what goes on between scrapes. */
  stop?(): void;
}
