/**
 * Event time: text of the input -> Unix milliseconds.
 */

const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))?$/;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Last millisecond of the year 9999: beyond it dates are written with more digits, and no trace reaches it. */
const TIME_MS_MAX = 253_402_300_799_999;

/**
 * Reads `2023-11-16 18:15:46.6805900`, with `T` for the blank and with an offset too; without an offset it is UTC.
 * Own code and not `Date.parse`, which takes a blank-separated time as local time, turns 30 February into 1 March and
 * cuts the fraction at milliseconds. Returns undefined for anything else.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  if (hour > 23 || minute > 59 || second > 59) return undefined;

  const dayMs = Date.UTC(year, month - 1, day);
  // Date.UTC carries a day or month out of range into the next one; the round trip shows it.
  const date = new Date(dayMs);
  if (date.getUTCDate() !== day || date.getUTCMonth() !== month - 1) return undefined;

  const fractionMs = match[7] === undefined ? 0 : Number(`0.${match[7]}`) * 1000;
  const timeMs = dayMs + hour * HOUR_MS + minute * MINUTE_MS + second * 1000 + fractionMs;
  return inRange(timeMs - offsetMs(match[8], match[9], match[10]));
}

/** Unix milliseconds as a number, the form in which programs write JSON. */
export function checkTimeMs(timeMs: number): number | undefined {
  return Number.isFinite(timeMs) ? inRange(timeMs) : undefined;
}

function offsetMs(sign: string | undefined, hours: string, minutes: string): number {
  if (sign === undefined) return 0;
  const offset = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS;
  return sign === '-' ? -offset : offset;
}

function inRange(timeMs: number): number | undefined {
  return timeMs >= 0 && timeMs <= TIME_MS_MAX ? timeMs : undefined;
}
