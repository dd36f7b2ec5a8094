/**
 * Grouping path: the labels of a group as the path of a Pushgateway URL.
 *
 *     /metrics/job/backup/instance/db1
 *     /metrics/job@base64/L3Zhci90bXA/empty@base64/=
 *
 * A segment of a path cannot be empty, and one with a slash, however it is encoded, is taken apart by gateways, and by
 * proxies before them: such a value goes as base64 of URLs, with the name marked (pushgateway, "URL").
 */
import { inspect } from 'node:util';
import { ConfigurationError } from '../errors.js';
import type { PushParameters } from './pushgateway.js';

/** The suffix that says that the value is in base64. */
const MARK = '@base64';
/** How an empty value is written, because a segment of a path has at least one character. */
const EMPTY = '=';
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * @returns the path after the gateway's own
 * @throws ConfigurationError naming every grouping that has no label name
 */
export function groupingPath({ jobName, groupings = {} }: PushParameters): string {
  const problems = Object.keys(groupings)
    .filter(name => !LABEL_NAME.test(name) || name === 'job')
    .map(name =>
      name === 'job'
        ? 'grouping job is given; it is the jobName'
        : `grouping ${inspect(name)} is no label name; it must match ${LABEL_NAME.source}`,
    );
  if (problems.length > 0) throw new ConfigurationError('Pushgateway groupings', problems);
  // Without a job there is no group: the gateway has no path for one.
  if (!jobName) return '/metrics';
  const pairs = [['job', jobName] as const, ...Object.entries(groupings)];
  return `/metrics${pairs.map(([name, value]) => segmentsOf(name, String(value))).join('')}`;
}

function segmentsOf(name: string, value: string): string {
  if (value === '') return `/${name}${MARK}/${EMPTY}`;
  // Dots alone mean a place in a path to whoever normalizes it.
  const isPlain = !value.includes('/') && !/^\.{1,2}$/.test(value);
  return isPlain
    ? `/${name}/${encodeURIComponent(value.toWellFormed())}`
    : `/${name}${MARK}/${Buffer.from(value, 'utf8').toString('base64url')}`;
}
