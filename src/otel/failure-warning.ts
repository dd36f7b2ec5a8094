/** Failure warning: what the process is told when spans do not arrive, for whoever does not see the metrics yet. */
import type { FailureReason } from './export-failure.js';

const HINTS: Readonly<Record<FailureReason, string>> = {
  connection:
    'no connection; check that it runs, and listens there with OTLP/HTTP, whose port is 4318, not 4317 of gRPC',
  rejected: 'it refuses them, as 401 or 404 do; check the path of the endpoint, and the headers',
  timeout: 'no answer in time; check that the endpoint is one of OTLP/HTTP, and timeoutMs',
  unavailable: 'it answers that it cannot take them, as 429 or 503 do',
  other: 'the exporter gave them up',
};

/**
 * @param receiver where the spans go to, without what may be secret
 */
export function failureWarning(reason: FailureReason, receiver: string): string {
  return (
    `spans are not exported to ${receiver}: ${HINTS[reason]}. Those of the export are dropped, and exports are tried ` +
    `again; otel_exporter_failures_total and otel_exporter_dropped_spans_total count. There is one warning for each thread.`
  );
}

/** An address as warnings show it: without credentials, and without a query, which may hold a key. */
export function shownReceiver(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
