/**
 * Name rules: which names metrics and labels may have, in the two schemes of Prometheus, and what an escaping must not make
 * of them (prometheus.io/docs/concepts/data_model, prometheus.io/docs/instrumenting/escaping_schemes).
 */
import { inspect } from 'node:util';
import { ESCAPINGS, escapeLabelName } from './name-escaping.js';
import type { Escaping } from './name-escaping.js';

/** `legacy`: letters, digits and `_`, for metrics also `:`. `utf8`: any text. */
export type NameValidationScheme = 'legacy' | 'utf8';

export const NAME_VALIDATION_SCHEMES: readonly NameValidationScheme[] = ['legacy', 'utf8'];

/** Longest name of a metric or a label, in UTF-16 code units: a key of the arena holds as many of three bytes each. */
export const NAME_MAX = 1_000;

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Of a name that is refused, how much an error message shows. */
const SHOWN_MAX = 100;

/** What would be read as the name of the metric. */
const NAME_LABEL = '__name__';

/** True for a name that needs no quotes and no escaping. */
export function isLegacyMetricName(name: string): boolean {
  return METRIC_NAME.test(name);
}

/** As isLegacyMetricName, of a label. */
export function isLegacyLabelName(name: string): boolean {
  return LABEL_NAME.test(name);
}

/** What forbids a text as the name of a metric, for an error message; undefined when nothing does. */
export function metricNameProblem(
  name: unknown,
  scheme: NameValidationScheme = 'legacy',
): string | undefined {
  return nameProblem(name, scheme, METRIC_NAME);
}

/** As metricNameProblem, of a label. */
export function labelNameProblem(name: unknown, scheme: NameValidationScheme = 'legacy'): string | undefined {
  return nameProblem(name, scheme, LABEL_NAME);
}

/** A name for an error message, whatever it is. */
export function shownName(name: unknown): string {
  return inspect(name, { maxStringLength: SHOWN_MAX });
}

function nameProblem(name: unknown, scheme: NameValidationScheme, legacy: RegExp): string | undefined {
  if (typeof name === 'string' && name.length > NAME_MAX)
    return `it has ${name.length} UTF-16 units, it must have at most ${NAME_MAX}`;
  if (scheme !== 'utf8') {
    const isLegacy = typeof name === 'string' && legacy.test(name);
    if (isLegacy) return undefined;
    const hint = isText(name) ? ', or nameValidationScheme of the registry be utf8' : '';
    return `it must match ${legacy.source} and be at most ${NAME_MAX} long${hint}`;
  }
  return isText(name) ? undefined : 'it must be text, not empty and without lone surrogates';
}

/** True for what the scheme `utf8` would take. */
function isText(name: unknown): boolean {
  return typeof name === 'string' && name !== '' && name.isWellFormed();
}

/**
 * What forbids the label names of a family because of what an escaping makes of them: two that become one, or one that
 * becomes a label that samples have by themselves. Undefined when nothing does.
 *
 * @param reserved labels that samples of the family have by themselves
 */
export function escapedLabelProblem(
  labelNames: readonly string[],
  reserved: readonly string[],
): string | undefined {
  for (const escaping of ESCAPINGS) {
    const owners = new Map<string, string>();
    for (const name of labelNames) {
      const escaped = escapeLabelName(name, escaping);
      const other = owners.get(escaped);
      if (other !== undefined)
        return `${shownName(other)} and ${shownName(name)} ${bothBecome(escaping, escaped)}; rename one of them`;
      if (escaped === NAME_LABEL || reserved.includes(escaped))
        return `${shownName(name)} ${becomes(escaping, escaped)}, which samples have by themselves; rename it`;
      owners.set(escaped, name);
    }
  }
  return undefined;
}

function becomes(escaping: Escaping, escaped: string): string {
  return `becomes ${shownName(escaped)} with the escaping ${escaping}`;
}

function bothBecome(escaping: Escaping, escaped: string): string {
  return `both become ${shownName(escaped)} with the escaping ${escaping}`;
}
