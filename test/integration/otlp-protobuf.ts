/** OTLP protobuf: a request for spans as the JSON that it would have been, decoded by another library than the exporter's. */
import protobuf from 'protobufjs';

/** What of opentelemetry.proto.trace.v1 tests look at. Fields that are not here are skipped. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message TracesData { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; }
  }
  message Span {
    bytes trace_id = 1;
    bytes span_id = 2;
    bytes parent_span_id = 4;
    string name = 5;
    uint32 kind = 6;
    repeated KeyValue attributes = 9;
    repeated Event events = 11;
    Status status = 15;
  }
  message Event { string name = 2; repeated KeyValue attributes = 3; }
  message Status { string message = 2; uint32 code = 3; }
`);
const TRACES = root.lookupType('TracesData');

/** Ids are hexadecimal in OTLP/JSON, unlike other bytes in the JSON of protobuf. */
export function jsonOfTraces(body: Uint8Array): string {
  const request = TRACES.toObject(TRACES.decode(body), { longs: Number, arrays: true, objects: true });
  return JSON.stringify(request, (_, value: unknown) => {
    const bytes =
      (value as { type?: unknown; data?: number[] } | null)?.type === 'Buffer' ? value : undefined;
    return bytes === undefined ? value : Buffer.from((bytes as { data: number[] }).data).toString('hex');
  });
}
