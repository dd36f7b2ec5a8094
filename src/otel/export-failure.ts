/** Export failure: why a batch of spans was not taken, as a label that has few values, and in more words. */
import { errorDetail } from './failure-detail.js';

export const FAILURE_REASONS = ['connection', 'rejected', 'timeout', 'unavailable', 'other'] as const;

/**
 * `connection`: no connection, or it broke. `rejected`: an answer that a repetition would not change, such as 400 or 401.
 * `unavailable`: an answer such as 503, until the exporter gave up. `timeout`: no answer. `other`: anything else.
 */
export type FailureReason = (typeof FAILURE_REASONS)[number];

export interface ExportFailure {
  readonly reason: FailureReason;
  /** What was heard of the receiver: a status and its words, or a code such as ECONNREFUSED. '' for nothing. */
  readonly detail: string;
}

/** An export whose reason is known, where the error of the exporter would not tell. */
export class EndedExport extends Error {
  override readonly name = 'EndedExport';

  constructor(
    message: string,
    readonly reason: FailureReason,
    readonly detail = '',
  ) {
    super(message);
  }
}

/** What the error of an exporter says. */
export function failureOf(error: unknown): ExportFailure {
  if (error instanceof EndedExport) return { reason: error.reason, detail: error.detail };
  return { reason: reasonOf(error), detail: errorDetail(error) };
}

function reasonOf(error: unknown): FailureReason {
  if (!(error instanceof Error)) return 'other';
  const { code } = error as { code?: unknown };
  if (error.name === 'OTLPExporterError') return typeof code === 'number' ? 'rejected' : 'unavailable';
  if (/timed out/i.test(error.message)) return 'timeout';
  return typeof code === 'string' ? 'connection' : 'other';
}
