/**
 * Own families: the counters in which a registry tells what went wrong in it. Each is defined when it is first needed.
 *
 * They have room beyond the registry's limit of series: what counts the excess would be the first to be missing.
 */
import type { Counter } from '../primitives/counter.js';

export const OVERFLOW_FAMILY = 'threadtally_overflow_observations_total';
export const OVERFLOW_HELP =
  'Recordings that went to an overflow series because of a limit, by family and the limit that was hit.';

export const COLLECT_ERRORS_FAMILY = 'threadtally_collect_errors_total';
export const COLLECT_ERRORS_HELP = 'Runs of collect callbacks that threw or rejected, by family.';

export const COLLECT_LATE_FAMILY = 'threadtally_collect_late_total';
export const COLLECT_LATE_HELP =
  'Scrapes that went on without the collect callbacks of a thread, by thread id.';

export const DROPPED_EXEMPLARS_FAMILY = 'threadtally_dropped_exemplars_total';
export const DROPPED_EXEMPLARS_HELP =
  'Exemplars of the exemplar source that could not be kept, by family and what was wrong with them.';

/** Most series of an own family: enough for a registry that has gone wrong in most of its families, or threads. */
export const OWN_SERIES_MAX = 1_000;

/** Most label names of an own family: more than a registry may allow its users. */
export const OWN_LABELS_MAX = 2;

const OWN_FAMILIES: ReadonlySet<string> = new Set([
  OVERFLOW_FAMILY,
  COLLECT_ERRORS_FAMILY,
  COLLECT_LATE_FAMILY,
  DROPPED_EXEMPLARS_FAMILY,
]);

/** True for families that the limit of the registry does not refuse a series. Their series are counted in it. */
export function isOwnFamily(name: string): boolean {
  return OWN_FAMILIES.has(name);
}

/**
 * What `define` returns; undefined when there is no space for the family, or a metric of a user has its name. It is asked
 * for by recordings, so nothing is thrown whatever the reason.
 */
export function ownCounter<L extends string>(define: () => Counter<L>): Counter<L> | undefined {
  try {
    return define();
  } catch {
    return undefined;
  }
}
