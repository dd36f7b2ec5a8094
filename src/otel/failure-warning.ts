/** Failure warning: what the process is told when an export does not arrive, for whoever does not see the metrics yet. */
import type { ExportFailure, FailureReason } from './export-failure.js';
import { shownWords } from './failure-detail.js';
import type { Signal } from './signal.js';

/** What has happened, before what was heard of the receiver; and what to look at. */
const HINTS: Readonly<Record<FailureReason, readonly [what: string, advice: string]>> = {
  connection: [
    'no connection',
    '; check that it runs, and listens there with OTLP/HTTP, whose port is 4318, not 4317 of gRPC',
  ],
  rejected: ['it refuses them', '; check the path of the endpoint, and the headers'],
  timeout: ['no answer in time', '; check that the endpoint is one of OTLP/HTTP, and timeoutMs'],
  unavailable: ['it answers that it cannot take them', ''],
  other: ['the exporter gave them up', ''],
};

/**
 * @param receiver where they go to, without what may be secret
 */
export function failureWarning(
  { reason, detail }: ExportFailure,
  receiver: string,
  { items, loss, name }: Signal,
): string {
  const [what, advice] = HINTS[reason];
  const heard = detail === '' ? '' : ` (${shownWords(detail)})`;
  return (
    `${items} are not exported to ${receiver}: ${what}${heard}${advice}. ${loss}; otel_exporter_failures_total and ` +
    `otel_exporter_dropped_items_total with the signal ${name} count. Further failures give no warning here.`
  );
}

/** Of data points that the receiver has refused, and will refuse again. Its own words, which may be long. */
export function rejectionWarning(points: number, receiver: string, message: string): string {
  const words = message === '' ? 'it does not say why' : `it says: ${shownWords(message)}`;
  return (
    `${receiver} has taken a push without ${points} of its data points; ${words}. They are not sent again; ` +
    `otel_exporter_dropped_items_total with the reason rejected counts further ones.`
  );
}

/** An address as warnings show it: without credentials, and without a query, which may hold a key. */
export function shownReceiver(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
