/**
 * Name rules: no family has the name of a sample of another one.
 *
 * In any format, since a scraper may ask for another one tomorrow: OpenMetrics takes the counters `a` and `a_total` for
 * one family, and adds `a_created`.
 */
import type { Findings } from './rules.js';

export interface NamedFamily {
  readonly name: string;
  readonly type: string | undefined;
  readonly place: string;
}

const CLAIMS: Readonly<Record<string, readonly string[]>> = {
  counter: ['', '_total', '_created'],
  histogram: ['', '_bucket', '_sum', '_count', '_created'],
  gaugehistogram: ['', '_bucket', '_gsum', '_gcount'],
  summary: ['', '_sum', '_count', '_created'],
  info: ['', '_info'],
};

export function checkNames(families: readonly NamedFamily[], findings: Findings): void {
  const owners = new Map<string, NamedFamily>();
  for (const family of families) {
    const { name, place, type = '' } = family;
    const base = type === 'counter' && name !== '_total' ? name.replace(/_total$/, '') : name;
    for (const suffix of CLAIMS[type] ?? ['']) {
      const claimed = base + suffix;
      const owner = owners.get(claimed);
      // A family of the same name is another finding.
      if (owner !== undefined && owner.name !== name)
        findings.add('name-clash', place, `${claimed} of the ${type} ${name} and of ${owner.name}`);
      else owners.set(claimed, family);
    }
  }
}
