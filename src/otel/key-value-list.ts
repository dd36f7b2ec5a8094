/** Key-value list: `key1=value1,key2=value2` with percent-encoding, as variables of OpenTelemetry are written. */

export interface KeyValueList {
  readonly entries: readonly (readonly [key: string, value: string])[];
  /** What is no entry. Positions, not texts: a list of headers holds secrets. */
  readonly problems: readonly string[];
}

export function parseKeyValueList(text: string): KeyValueList {
  const entries: (readonly [string, string])[] = [];
  const problems: string[] = [];
  for (const [index, part] of text.split(',').entries()) {
    if (part.trim() === '') continue;
    const separator = part.indexOf('=');
    const key = decoded(part.slice(0, Math.max(0, separator)));
    const value = decoded(part.slice(separator + 1));
    if (separator < 0 || key === '') problems.push(`entry ${index + 1} is not of the form key=value`);
    else if (key === undefined || value === undefined) {
      problems.push(`entry ${index + 1} is not percent-encoded correctly`);
    } else entries.push([key, value]);
  }
  return { entries, problems };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return undefined;
  }
}
