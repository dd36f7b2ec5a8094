/** OTLP as text: sums and histograms of a push as lines of the text format, for the checks that expositions go through. */
import protobuf from 'protobufjs';

const SCHEMA = `
syntax = "proto3";
message Request { repeated ResourceMetrics resource_metrics = 1; }
message ResourceMetrics { repeated ScopeMetrics scope_metrics = 2; }
message ScopeMetrics { repeated Metric metrics = 2; }
message Metric { string name = 1; oneof data { Sum sum = 7; Histogram histogram = 9; } }
message Sum { repeated NumberPoint data_points = 1; }
message Histogram { repeated HistogramPoint data_points = 1; }
message NumberPoint { oneof value { double as_double = 4; sfixed64 as_int = 6; } }
message HistogramPoint { fixed64 count = 4; double sum = 5; repeated fixed64 bucket_counts = 6; }
`;

interface Metric {
  readonly name: string;
  readonly sum?: { readonly dataPoints?: readonly { readonly asDouble?: number; readonly asInt?: number }[] };
  readonly histogram?: {
    readonly dataPoints?: readonly {
      readonly count?: number;
      readonly sum?: number;
      readonly bucketCounts?: readonly number[];
    }[];
  };
}

interface Request {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly Metric[] }[];
  }[];
}

const Request = protobuf.parse(SCHEMA).root.lookupType('Request');

/** Without labels: the checks count lines, and add up values. */
export function textOfRequests(bodies: readonly Uint8Array[]): string {
  return bodies.flatMap(linesOf).join('');
}

function linesOf(body: Uint8Array): string[] {
  const { resourceMetrics } = Request.toObject(Request.decode(body), { longs: Number }) as Request;
  const metrics = resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(scope => scope.metrics));
  return metrics.flatMap(({ name, sum, histogram }) => [
    ...(sum?.dataPoints ?? []).map(({ asDouble, asInt }) => `${name} ${asDouble ?? asInt ?? 0}\n`),
    ...(histogram?.dataPoints ?? []).flatMap(point => [
      ...(point.bucketCounts ?? []).map(count => `${name}_bucket ${count}\n`),
      `${name}_count ${point.count ?? 0}\n`,
      `${name}_sum ${point.sum ?? 0}\n`,
    ]),
  ]);
}
