/** Retry pause: how long to wait before a receiver that could not take something is asked again. */
const FIRST_PAUSE_MS = 500;
const PAUSE_MS_MAX = 5_000;
/** Receivers that have been down would otherwise be asked by all of their senders at once. */
const JITTER = 0.5;
const MS_PER_SECOND = 1_000;

/**
 * Doubled with each attempt, less up to a half of it by chance.
 *
 * @param attempts made so far, at least 1
 * @param random in 0..1
 */
export function backoffMs(attempts: number, random: number): number {
  const pauseMs = Math.min(PAUSE_MS_MAX, FIRST_PAUSE_MS * 2 ** (attempts - 1));
  return pauseMs * (1 - JITTER * random);
}

/** What a Retry-After header asks for: seconds, or a date. Undefined for none, and for what is neither. */
export function retryAfterMs(header: string, wallMs: number): number | undefined {
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * MS_PER_SECOND;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallMs);
}
