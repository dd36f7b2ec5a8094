/** Number forms: is a text one of the spellings that a number has in a format? */
import type { BoundForm } from './rules.js';

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?)(\d+))?$/;
/** Go's %g: powers of ten of the first digit that are written without an exponent. */
const PLAIN_POWERS: readonly [min: number, max: number] = [-4, 5];

/** The number that a text spells; undefined when it is none, or not in its shortest form. */
export function shortestNumber(text: string): number | undefined {
  if (text === 'NaN') return NaN;
  if (text === '+Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  const parts = DECIMAL.exec(text);
  if (parts === null) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  // The digits alone: where the point stands is the exponent's affair.
  const digits = significant(parts[2]! + (parts[3] ?? ''));
  const shortest = significant(
    Math.abs(value)
      .toExponential()
      .replace(/e.*$|\./g, ''),
  );
  return digits === shortest ? value : undefined;
}

/** True when `text` spells `value`, which is a bound or a quantile, in this form. */
export function isBoundText(text: string, form: BoundForm): boolean {
  if (text === '+Inf' || text === '-Inf') return true;
  const value = shortestNumber(text);
  if (value === undefined || Number.isNaN(value)) return false;
  return form === 'canonical' ? isCanonical(text) : text === String(value);
}

/** As Go's %g, and with a point or an exponent always. */
function isCanonical(text: string): boolean {
  const [, , whole, fraction, sign, exponent] = DECIMAL.exec(text)!;
  if (exponent !== undefined) {
    const power = Number(`${sign}${exponent}`);
    const isPlain = power >= PLAIN_POWERS[0] && power <= PLAIN_POWERS[1];
    const isMantissa = /^[1-9]$/.test(whole!) && (fraction === undefined || /[1-9]$/.test(fraction));
    return !isPlain && isMantissa && sign !== '' && /^(?:\d\d|[1-9]\d\d+)$/.test(exponent);
  }
  if (fraction === undefined || !/^(?:0|[1-9]\d*)$/.test(whole!)) return false;
  if (fraction !== '0' && fraction.endsWith('0')) return false;
  if (whole !== '0') return whole!.length - 1 <= PLAIN_POWERS[1];
  const zeros = /^0*/.exec(fraction)![0].length;
  return fraction === '0' || -(zeros + 1) >= PLAIN_POWERS[0];
}

function significant(digits: string): string {
  return digits.replace(/^0+/, '').replace(/0+$/, '');
}
