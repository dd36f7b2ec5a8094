/** Canonical number: the one spelling of a number that is a label value, `le` or `quantile` (OpenMetrics 1.0, "Canonical Numbers"). */
import type { LabelNumbers } from '../registry/registry-options.js';
import { numberText } from './text-numbers.js';

/** Go's %g: positions of the first digit, as a power of ten, that are written without an exponent. */
const PLAIN_POWER_MIN = -4;
const PLAIN_POWER_MAX = 5;
const EXPONENT_DIGITS_MIN = 2;

/** As Go's %g, the shortest text that reads back equal, and always with a point or an exponent: `1.0`, `1e-05`, `1e+06`. */
export function canonicalNumberText(value: number): string {
  if (!Number.isFinite(value)) return numberText(value);
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (power < PLAIN_POWER_MIN || power > PLAIN_POWER_MAX) {
    const digits = String(Math.abs(power)).padStart(EXPONENT_DIGITS_MIN, '0');
    return `${mantissa}e${power < 0 ? '-' : '+'}${digits}`;
  }
  // JavaScript writes no exponent between these powers.
  const plain = String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}

/** How a registry wants its bounds and quantiles spelled. */
export function labelNumberText(form: LabelNumbers | undefined): (value: number) => string {
  return form === 'prom-client' ? numberText : canonicalNumberText;
}
