/** Dropped exemplars: counted by family and reason, in a counter of the registry's own that appears with the first one. */
import { MetricsError } from '../errors.js';
import type { Counter, CounterOptions } from '../primitives/counter.js';
import type { ExemplarProblem } from '../primitives/exemplar-labels.js';

export const DROPPED_EXEMPLARS_FAMILY = 'threadtally_dropped_exemplars_total';
const DROPPED_EXEMPLARS_HELP =
  'Exemplars of the exemplar source that could not be kept, by family and what was wrong with them.';
/** Families times reasons, of a program whose source is wrong for most of its families. */
const SERIES_MAX = 1_000;

type DropLabel = 'family' | 'reason';

/** Where the registry's own counters are defined. */
interface OwnCounters {
  overflowCounter(options: CounterOptions<DropLabel>): Counter<DropLabel>;
}

export function countDroppedExemplar(own: OwnCounters, family: string, problem: ExemplarProblem): void {
  try {
    own
      .overflowCounter({
        name: DROPPED_EXEMPLARS_FAMILY,
        help: DROPPED_EXEMPLARS_HELP,
        labelNames: ['family', 'reason'],
        seriesMax: SERIES_MAX,
      })
      .inc({ family, reason: problem });
  } catch (error) {
    // No space for it, or another metric has its name: a recording never throws for either.
    if (!(error instanceof MetricsError)) throw error;
  }
}
