/** Failure warning: what the process is told when an export does not arrive, for whoever does not see the metrics yet. */
import type { FailureReason } from './export-failure.js';
import type { Signal } from './signal.js';

const HINTS: Readonly<Record<FailureReason, string>> = {
  connection:
    'no connection; check that it runs, and listens there with OTLP/HTTP, whose port is 4318, not 4317 of gRPC',
  rejected: 'it refuses them, as 400, 401 or 404 do; check the path of the endpoint, and the headers',
  timeout: 'no answer in time; check that the endpoint is one of OTLP/HTTP, and timeoutMs',
  unavailable: 'it answers that it cannot take them, as 429 or 503 do',
  other: 'the exporter gave them up',
};

/**
 * @param receiver where they go to, without what may be secret
 */
export function failureWarning(
  reason: FailureReason,
  receiver: string,
  { items, loss, name }: Signal,
): string {
  return (
    `${items} are not exported to ${receiver}: ${HINTS[reason]}. ${loss}; otel_exporter_failures_total and ` +
    `otel_exporter_dropped_items_total with the signal ${name} count. Further failures give no warning here.`
  );
}

/** Of data points that the receiver has refused, and will refuse again. Its own words, which may be long. */
export function rejectionWarning(points: number, receiver: string, message: string): string {
  const words = message === '' ? 'it does not say why' : `it says: ${message.slice(0, MESSAGE_SHOWN_MAX)}`;
  return (
    `${receiver} has taken a push without ${points} of its data points; ${words}. They are not sent again; ` +
    `otel_exporter_dropped_items_total with the reason rejected counts further ones.`
  );
}

const MESSAGE_SHOWN_MAX = 500;

/** An address as warnings show it: without credentials, and without a query, which may hold a key. */
export function shownReceiver(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
