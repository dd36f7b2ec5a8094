/**
 * Attribute set: an instrument of OpenTelemetry and the attributes of a recording, as the one label value by which an arena
 * knows the series of a family with open labels.
 *
 *     ["counter","http.requests","{request}","shop","1.2.0","","http.route","/cart","retry",true]
 *      kind      name            unit        scope  version url key         value   key     value
 *
 * The text is the identity of a series: the same instrument and the same attributes have the same one in every thread,
 * because keys are sorted; and JSON keeps 1, "1" and true apart, as OpenTelemetry does. What Prometheus is shown, labels of
 * legal names, follows from the text alone (OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility").
 */
export type AttributeScalar = string | number | boolean;
export type AttributeValue = AttributeScalar | readonly (AttributeScalar | null)[];

export type InstrumentKind = 'counter' | 'updowncounter' | 'gauge' | 'histogram';

const KINDS: readonly string[] = ['counter', 'observable_counter', 'updowncounter', 'gauge', 'histogram'];

export interface InstrumentIdentity {
  /** A counter that is observed is told apart: over OTLP it may be cumulative where others are not. */
  readonly kind: InstrumentKind | 'observable_counter';
  readonly name: string;
  readonly unit: string;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly schemaUrl: string;
}

export interface AttributeSet {
  readonly instrument: InstrumentIdentity;
  /** In order of their keys. */
  readonly attributes: readonly (readonly [key: string, value: AttributeValue])[];
}

/**
 * The raw label of a family with open labels; and what a scrape shows it as, on a series that would otherwise have the label
 * set of another one. Its value is the whole text, so no two series can have the same.
 */
export const ATTRIBUTES_LABEL = 'otel_attributes';

/** Labels that a sample may have beside those of attributes, of any type. */
const RESERVED: ReadonlySet<string> = new Set([
  ATTRIBUTES_LABEL,
  'otel_metric_overflow',
  'otel_scope_name',
  'otel_scope_version',
  'otel_scope_schema_url',
  'le',
  'quantile',
  'thread',
]);
/** Two attributes of one set that become one label: the values in the order of the keys, with this between them. */
const VALUE_SEPARATOR = ';';
const FIELDS = 6;
type Header = [string, string, string, string, string];
const NO_INSTRUMENT: InstrumentIdentity = {
  kind: 'gauge',
  name: '',
  unit: '',
  scopeName: '',
  scopeVersion: '',
  schemaUrl: '',
};

/** What all texts of an instrument begin with. */
export function instrumentText(instrument: InstrumentIdentity): string {
  const { kind, name, unit, scopeName, scopeVersion, schemaUrl } = instrument;
  return JSON.stringify([kind, name, unit, scopeName, scopeVersion, schemaUrl]).slice(0, -1);
}

/**
 * The text of a series. Never throws: recordings come here with whatever they were given.
 *
 * @param isKept says which attributes count; all, if absent
 */
export function attributeText(
  instrument: string,
  attributes: object | null | undefined,
  isKept?: (key: string) => boolean,
): string {
  let text = instrument;
  const fields = fieldsOf(attributes);
  for (const key of Object.keys(fields).sort()) {
    const value = fields[key];
    // An attribute without a value is none.
    if (value === undefined || value === null || isKept?.(key) === false) continue;
    text += `,${JSON.stringify(key)},${valueText(value)}`;
  }
  return `${text}]`;
}

/**
 * What attributes have of their own, in their order, each read once: a getter may give another value each time, or throw.
 * What cannot be read is left out. Never throws.
 */
export function fieldsOf(attributes: unknown): Readonly<Record<string, unknown>> {
  // Without a prototype: `__proto__` is a key like any other.
  const fields = Object.create(null) as Record<string, unknown>;
  if (typeof attributes !== 'object' || attributes === null) return fields;
  for (const key of orElse(() => Object.keys(attributes), []))
    fields[key] = orElse(() => (attributes as Record<string, unknown>)[key], undefined);
  return fields;
}

/** What code of others gives, or something else when it throws. */
function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** @param text as attributeText() has made it; a text that somebody else has made is one attribute, so a scrape shows it */
export function attributeSetOf(text: string): AttributeSet {
  const parts = partsOf(text);
  if (parts === undefined) return { instrument: NO_INSTRUMENT, attributes: [[ATTRIBUTES_LABEL, text]] };
  const [kind, name, unit, scopeName, scopeVersion, schemaUrl] = parts as [InstrumentKind, ...Header];
  const attributes: [string, AttributeValue][] = [];
  for (let i = FIELDS; i < parts.length; i += 2) attributes.push([parts[i] as string, parts[i + 1]!]);
  return { instrument: { kind, name, unit, scopeName, scopeVersion, schemaUrl }, attributes };
}

function partsOf(text: string): AttributeValue[] | undefined {
  let parts: unknown;
  try {
    parts = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parts) || parts.length < FIELDS || parts.length % 2 !== 0) return undefined;
  const isText = (_: unknown, i: number): boolean => typeof parts[i] === 'string';
  const areKeys = parts.every((_, i) => (i > FIELDS && i % 2 !== 0) || isText(_, i));
  return areKeys && KINDS.includes(parts[0] as string) ? (parts as AttributeValue[]) : undefined;
}

/** What a scrape shows of a series: its labels by name, without empty ones. */
export function labelsOfAttributes({ instrument, attributes }: AttributeSet): Map<string, string> {
  const labels = new Map<string, string>();
  const add = (name: string, value: string): void => {
    if (value === '') return;
    const other = labels.get(name);
    labels.set(name, other === undefined ? value : other + VALUE_SEPARATOR + value);
  };
  add('otel_scope_name', instrument.scopeName.toWellFormed());
  add('otel_scope_version', instrument.scopeVersion.toWellFormed());
  add('otel_scope_schema_url', instrument.schemaUrl.toWellFormed());
  for (const [key, value] of attributes)
    // As the bytes of an exposition will have it: UTF-8 has no lone surrogates.
    add(labelNameOf(key), (typeof value === 'object' ? JSON.stringify(value) : String(value)).toWellFormed());
  return labels;
}

/** A label name that every scraper knows: of what is none, each character becomes an underscore. */
export function labelNameOf(key: string): string {
  const legal = key.replace(/[^a-zA-Z0-9_]/g, '_');
  if (legal === '' || /^\d/.test(legal) || RESERVED.has(legal)) return `key_${legal}`;
  // Names that begin so are reserved for Prometheus.
  return legal.startsWith('__') ? `key${legal}` : legal;
}

function valueText(value: unknown): string {
  // A proxy or a method of the value may throw; there is a value then, and nothing to be said of it.
  return orElse(() => textOf(value), '"[unreadable]"');
}

function textOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : `"${value}"`;
    case 'object':
      return Array.isArray(value) ? listText(value) : otherText(value);
    default:
      return JSON.stringify(String(value));
  }
}

function listText(list: readonly unknown[]): string {
  return `[${list.map(one => (one === undefined || one === null ? 'null' : scalarText(one))).join()}]`;
}

function scalarText(value: unknown): string {
  return typeof value === 'object' ? otherText(value) : textOf(value);
}

/** Objects are no attribute values; what there is of one is kept as text. */
function otherText(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // Circular, or with a number of a kind that JSON does not have.
  }
  return JSON.stringify(text ?? Object.prototype.toString.call(value));
}
