/**
 * Weighted lists: header fields such as Accept and Accept-Encoding, in which a client names what it takes, each member
 * with parameters and a weight (RFC 9110, 5.6 and 12.4.2).
 *
 * Takes whatever a client sends, in time proportional to its length: a member that cannot be read says nothing, and the
 * others still count.
 */

export interface WeightedMember {
  /** In lower case, as `text/plain`, `gzip` or `*`. */
  readonly value: string;
  /** By their names in lower case, values without quotes; the first of a name counts. The weight is none of them. */
  readonly parameters: ReadonlyMap<string, string>;
  /** 0..1, and 1 when the client gives none; 0 means: not this. */
  readonly quality: number;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
const VALUE = /^[!#$%&'*+.^_`|~0-9a-z-]+(?:\/[!#$%&'*+.^_`|~0-9a-z-]+)?$/;
const QUOTED = /^"(?:[^"\\]|\\[^])*"$/;
/** Any number of digits, and none before the point: the default Accept header of Java has `q=.2`. */
const WEIGHT = /^(?:\d+(?:\.\d*)?|\.\d+)$/;
const WEIGHT_NAME = 'q';

/** The members of a field, in its order. Never throws. */
export function parseWeightedList(field: string): WeightedMember[] {
  const members: WeightedMember[] = [];
  for (const text of splitOutsideQuotes(field, ',')) {
    const member = parseMember(text);
    if (member !== undefined) members.push(member);
  }
  return members;
}

function parseMember(text: string): WeightedMember | undefined {
  const [first, ...rest] = splitOutsideQuotes(text, ';');
  const value = first.trim().toLowerCase();
  if (!VALUE.test(value)) return undefined;
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const trimmed = part.trim();
    if (trimmed === '') continue;
    const parameter = parseParameter(trimmed);
    if (parameter === undefined) return undefined;
    if (!parameters.has(parameter[0])) parameters.set(...parameter);
  }
  const quality = qualityOf(parameters.get(WEIGHT_NAME));
  parameters.delete(WEIGHT_NAME);
  return quality === undefined ? undefined : { value, parameters, quality };
}

/** A name without `=` stands for a value that is empty, as older clients write it behind the weight. */
function parseParameter(text: string): [name: string, value: string] | undefined {
  const equals = text.indexOf('=');
  const name = (equals < 0 ? text : text.slice(0, equals)).trim();
  const value = equals < 0 ? '' : text.slice(equals + 1).trim();
  if (!TOKEN.test(name)) return undefined;
  if (QUOTED.test(value)) return [name.toLowerCase(), value.slice(1, -1).replace(/\\([^])/g, '$1')];
  return value === '' || TOKEN.test(value) ? [name.toLowerCase(), value] : undefined;
}

function qualityOf(weight: string | undefined): number | undefined {
  if (weight === undefined) return 1;
  const quality = WEIGHT.test(weight) ? Number(weight) : NaN;
  return quality <= 1 ? quality : undefined;
}

function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '\\' && isQuoted) i++;
    else if (char === '"') isQuoted = !isQuoted;
    else if (char === separator && !isQuoted) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
