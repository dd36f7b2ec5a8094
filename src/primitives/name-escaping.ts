/**
 * Name escaping: how a name of any characters shows to a scraper that knows only the legacy ones
 * (prometheus.io/docs/instrumenting/escaping_schemes).
 *
 *     underscores   every other character is `_`
 *     dots          `.` is `_dot_`, `_` is `__`, every other character is `__`
 *     values        `U__`, then `_` as `__` and every other character as its code point, `_2e_`; nothing is lost
 *     allow-utf-8   as it is
 *
 * Where the specification and the official libraries are of two minds, this follows the libraries, since the name of a
 * series must not depend on the language of its program: hexadecimal digits are in lower case, and what `dots` cannot
 * show is two underscores. A single one would make `a dot b` the same as `a.b`.
 */

/** How names show that are no names to older scrapers. */
export type Escaping = 'allow-utf-8' | 'underscores' | 'dots' | 'values';

/** All of them, those first that a scraper is most likely to ask for. */
export const ESCAPINGS: readonly Escaping[] = ['allow-utf-8', 'underscores', 'dots', 'values'];

type Scheme = Exclude<Escaping, 'allow-utf-8'>;

interface NameSyntax {
  readonly legal: RegExp;
  readonly legalFirst: RegExp;
  readonly legalOther: RegExp;
}

const METRIC: NameSyntax = {
  legal: /^[a-zA-Z_:][a-zA-Z0-9_:]*$/,
  legalFirst: /^[a-zA-Z_:]$/,
  legalOther: /^[a-zA-Z0-9_:]$/,
};
/** The colon belongs to names of metrics only. */
const LABEL: NameSyntax = {
  legal: /^[a-zA-Z_][a-zA-Z0-9_]*$/,
  legalFirst: /^[a-zA-Z_]$/,
  legalOther: /^[a-zA-Z0-9_]$/,
};

const VALUES_PREFIX = 'U__';
const HEX = 16;
const SURROGATES: readonly [first: number, last: number] = [0xd800, 0xdfff];
const REPLACEMENT_CODE = 0xfffd;

/** What becomes of one character. */
const WRITERS: Record<Scheme, (char: string, isLegal: boolean) => string> = {
  underscores: (char, isLegal) => (isLegal ? char : '_'),
  dots(char, isLegal) {
    if (char === '.') return '_dot_';
    return isLegal && char !== '_' ? char : '__';
  },
  values(char, isLegal) {
    if (char === '_') return '__';
    return isLegal ? char : `_${codeOf(char).toString(HEX)}_`;
  },
};

/** The name of a metric in this scheme: a legacy name, except with `allow-utf-8`. An empty name stays empty. */
export function escapeMetricName(name: string, escaping: Escaping): string {
  return escapeName(name, escaping, METRIC);
}

/** As escapeMetricName, for the name of a label. */
export function escapeLabelName(name: string, escaping: Escaping): string {
  return escapeName(name, escaping, LABEL);
}

function escapeName(name: string, escaping: Escaping, syntax: NameSyntax): string {
  if (escaping === 'allow-utf-8' || name === '') return name;
  if (escaping !== 'values') return rewrite(name, escaping, syntax);
  // A legacy name that looks like an escaped one would be decoded into another name: its first letter is escaped.
  if (name.startsWith(VALUES_PREFIX)) {
    return `${VALUES_PREFIX}_${codeOf('U').toString(HEX)}_${rewrite(name.slice(1), 'values', syntax)}`;
  }
  return syntax.legal.test(name) ? name : VALUES_PREFIX + rewrite(name, 'values', syntax);
}

function rewrite(name: string, scheme: Scheme, { legalFirst, legalOther }: NameSyntax): string {
  const write = WRITERS[scheme];
  let written = '';
  let legal = legalFirst;
  for (const char of name) {
    written += write(char, legal.test(char));
    legal = legalOther;
  }
  return written;
}

/** A surrogate that is alone is no character, and stands for the one that UTF-8 has for it. */
function codeOf(char: string): number {
  const code = char.codePointAt(0)!;
  return code >= SURROGATES[0] && code <= SURROGATES[1] ? REPLACEMENT_CODE : code;
}
