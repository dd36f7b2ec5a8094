/** Name filter: the families that a scrape asks for by name. */
import type { FamilyDescriptor, FamilyType } from '../primitives/family-descriptor.js';

/** What samples of a family add to its name, in any format. */
const SUFFIXES: Readonly<Record<FamilyType, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  summary: ['_sum', '_count', '_created'],
  info: ['_info'],
  stateset: [],
};

/**
 * A family is shown whole when its name is given, or that of one of its samples, with and without its suffix: OpenMetrics
 * calls the family of `jobs_total` by the name `jobs`.
 */
export function isNamed({ name, type }: FamilyDescriptor, wanted: ReadonlySet<string>): boolean {
  if (wanted.has(name)) return true;
  const suffixes = SUFFIXES[type];
  const own = type === 'counter' || type === 'info' ? suffixes[0] : undefined;
  const base = own !== undefined && name.endsWith(own) ? name.slice(0, -own.length) : name;
  return wanted.has(base) || suffixes.some(suffix => wanted.has(base + suffix));
}
