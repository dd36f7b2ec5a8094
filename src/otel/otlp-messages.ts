/** OTLP messages: those small ones that stand in several others. Written backwards, as all of protobuf here. */
import type { ProtoBuffer, ProtoFragment, Tag } from '../exposition/proto-buffer.js';
import { fragmentOf } from '../exposition/proto-buffer.js';
import type { ExemplarReading } from '../registry/exemplars.js';
import { exportedExemplar } from './exported-exemplar.js';
import type { AttributeList, AttributeScalar, AttributeValue, MetricScope } from './metric-identity.js';
import { ANY_VALUE, ARRAY_VALUE, EXEMPLAR, KEY_VALUE, RESOURCE, RESOURCE_METRICS } from './otlp-fields.js';
import { SCOPE, SCOPE_METRICS } from './otlp-fields.js';

export function writeAttributes(out: ProtoBuffer, tag: Tag, attributes: AttributeList): void {
  for (let i = attributes.length - 1; i >= 0; i--) writeAttribute(out, tag, ...attributes[i]!);
}

export function writeAttribute(out: ProtoBuffer, tag: Tag, key: string, value: AttributeValue): void {
  const end = out.length;
  writeAnyValue(out, value);
  out.message(KEY_VALUE.value, end);
  out.textField(KEY_VALUE.key, key);
  out.message(tag, end);
}

function writeAnyValue(out: ProtoBuffer, value: AttributeValue): void {
  if (typeof value !== 'object') {
    writeScalar(out, value);
    return;
  }
  const end = out.length;
  for (let i = value.length - 1; i >= 0; i--) {
    const itemEnd = out.length;
    const item = value[i];
    // A value that is not there is one without content.
    if (item !== null && item !== undefined) writeScalar(out, item);
    out.message(ARRAY_VALUE.values, itemEnd);
  }
  out.message(ANY_VALUE.arrayValue, end);
}

function writeScalar(out: ProtoBuffer, value: AttributeScalar): void {
  if (typeof value === 'string') out.textField(ANY_VALUE.stringValue, value);
  else if (typeof value === 'boolean') out.uintField(ANY_VALUE.boolValue, value ? 1 : 0);
  else if (Number.isSafeInteger(value)) out.int64Field(ANY_VALUE.intValue, value);
  else out.doubleField(ANY_VALUE.doubleValue, value);
}

export function resourceFragment(attributes: AttributeList): ProtoFragment {
  return fragmentOf(out => {
    writeAttributes(out, RESOURCE.attributes, attributes);
    out.message(RESOURCE_METRICS.resource, 0);
  });
}

export function scopeFragment({ name, version, schemaUrl }: MetricScope): ProtoFragment {
  return fragmentOf(out => {
    if (schemaUrl !== '') out.textField(SCOPE_METRICS.schemaUrl, schemaUrl);
    const end = out.length;
    if (version !== '') out.textField(SCOPE.version, version);
    if (name !== '') out.textField(SCOPE.name, name);
    out.message(SCOPE_METRICS.scope, end);
  });
}

export function writeExemplars(out: ProtoBuffer, tag: Tag, exemplars: readonly ExemplarReading[]): void {
  for (let i = exemplars.length - 1; i >= 0; i--) writeExemplar(out, tag, exemplars[i]!);
}

function writeExemplar(out: ProtoBuffer, tag: Tag, reading: ExemplarReading): void {
  const { attributes, spanId, timeMs, traceId, value } = exportedExemplar(reading);
  const end = out.length;
  writeAttributes(out, EXEMPLAR.filteredAttributes, attributes);
  if (traceId !== undefined) writeId(out, EXEMPLAR.traceId, traceId);
  if (spanId !== undefined) writeId(out, EXEMPLAR.spanId, spanId);
  out.doubleField(EXEMPLAR.asDouble, value);
  out.nanosField(EXEMPLAR.time, Math.max(0, timeMs));
  out.message(tag, end);
}

function writeId(out: ProtoBuffer, tag: Tag, digits: string): void {
  const bytes = Buffer.from(digits, 'hex');
  out.bytesField(tag, bytes, 0, bytes.length);
}
