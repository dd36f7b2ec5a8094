/** Export failure: why a batch of spans was not taken, as a label that has few values. */

export const FAILURE_REASONS = ['connection', 'rejected', 'timeout', 'unavailable', 'other'] as const;

/**
 * `connection`: no connection, or it broke. `rejected`: an answer that a repetition would not change, such as 400 or 401.
 * `unavailable`: an answer such as 503, until the exporter gave up. `timeout`: no answer. `other`: anything else.
 */
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** An export that ended before the exporter's own time: the reason is known, and its error would not tell. */
export class EndedExport extends Error {
  override readonly name = 'EndedExport';

  constructor(
    message: string,
    readonly reason: FailureReason,
  ) {
    super(message);
  }
}

/** The reason behind the error of an exporter. */
export function failureReasonOf(error: unknown): FailureReason {
  if (!(error instanceof Error)) return 'other';
  if (error instanceof EndedExport) return error.reason;
  const { code } = error as { code?: unknown };
  if (error.name === 'OTLPExporterError') return typeof code === 'number' ? 'rejected' : 'unavailable';
  if (/timed out/i.test(error.message)) return 'timeout';
  return typeof code === 'string' ? 'connection' : 'other';
}
