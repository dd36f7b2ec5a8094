/**
 * OTLP delivery: one body to a receiver, which is asked again while there is time and a reason to.
 *
 *     attempt --2xx----------------------------------> delivered, or in part
 *        ^  |----429, 502, 503, 504, no connection --> pause, if the deadline is behind it; else failed
 *        '--'----any other answer -------------------> failed: rejected
 *
 * Answers and their meaning: opentelemetry.io/docs/specs/otlp, "OTLP/HTTP Response".
 */
import type { ExportFailure, FailureReason } from './export-failure.js';
import type { ExportTimers } from './export-timers.js';
import { answerDetail } from './failure-detail.js';
import type { NoAnswer, OtlpAnswer, SendAttempt } from './otlp-attempt.js';
import type { PartialSuccess } from './partial-success.js';
import { partialSuccessOf } from './partial-success.js';
import { backoffMs, retryAfterMs } from './retry-pause.js';

export interface Delivered extends PartialSuccess {
  readonly failure: undefined;
}

export interface Undelivered {
  readonly failure: FailureReason;
  /** What the receiver has answered, or what became of the connection; '' where there is nothing to say. */
  readonly detail: string;
  /** The receiver does not want to be asked again before so long; 0 if it does not say. */
  readonly pauseMs: number;
}

export type DeliveryOutcome = Delivered | Undelivered;

export interface DeliveryOptions {
  readonly timers: ExportTimers;
  /** ms since 1970 */
  readonly wallMs: () => number;
  /** In 0..1. */
  readonly random: () => number;
}

/** On the clock of the timers; and what ends it earlier. */
export interface DeliveryLimits {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

const RETRIED: readonly number[] = [429, 502, 503, 504];

/** Never rejects. No attempt begins after the deadline, and none lasts beyond it. */
export async function deliver(
  body: Uint8Array,
  send: SendAttempt,
  { deadlineMs, signal }: DeliveryLimits,
  { timers, wallMs, random }: DeliveryOptions,
): Promise<DeliveryOutcome> {
  // What was heard last says more than that the time of the retries ran out.
  let heard: ExportFailure = { reason: 'timeout', detail: '' };
  const undelivered = (pauseMs = 0): Undelivered => ({
    failure: heard.reason,
    detail: heard.detail,
    pauseMs,
  });
  for (let attempts = 1; ; attempts++) {
    const leftMs = deadlineMs - timers.nowMs();
    if (leftMs <= 0) return undelivered();
    const answer = await send(body, { limitMs: leftMs, signal });
    if (answer.failure === undefined && isSuccess(answer.status))
      return { failure: undefined, ...partialSuccessOf(answer) };
    if (answer.failure !== 'timeout') heard = failureOf(answer);
    if (!isRetried(answer)) return undelivered();
    const askedMs = answer.failure === undefined ? retryAfterMs(answer.retryAfter, wallMs()) : undefined;
    // Never less than without the header: a date that is over by a clock that differs, or 0, would have it asked without end.
    const pauseMs = Math.max(askedMs ?? 0, backoffMs(attempts, random()));
    if (timers.nowMs() + pauseMs >= deadlineMs) return undelivered(askedMs);
    if (!(await pause(pauseMs, signal, timers))) return undelivered();
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function isRetried(answer: OtlpAnswer | NoAnswer): boolean {
  return answer.failure === undefined ? RETRIED.includes(answer.status) : answer.failure === 'connection';
}

function failureOf(answer: OtlpAnswer | NoAnswer): ExportFailure {
  if (answer.failure === undefined) {
    const reason = RETRIED.includes(answer.status) ? 'unavailable' : 'rejected';
    return { reason, detail: answerDetail(answer) };
  }
  return { reason: answer.failure === 'aborted' ? 'other' : answer.failure, detail: answer.detail };
}

/** False when it was ended. */
function pause(ms: number, signal: AbortSignal, timers: ExportTimers): Promise<boolean> {
  return new Promise(resolve => {
    const end = (isOver: boolean) => (): void => {
      cancel();
      signal.removeEventListener('abort', abort);
      resolve(isOver);
    };
    const abort = end(false);
    const cancel = timers.after(ms, end(true));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
  });
}
