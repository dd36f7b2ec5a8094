/**
 * Given description: an instrument as a library has asked for it, made whole. Libraries are written in JavaScript too, and the
 * API must not throw whatever they give (OpenTelemetry API, "Error handling").
 */
import type { MetricOptions } from '@opentelemetry/api';
import { diag } from '@opentelemetry/api';
import type { InstrumentType } from './view-config.js';
import type { InstrumentDescription } from './views.js';

/** As the specification has names of instruments. */
const INSTRUMENT_NAME = /^[a-z][a-z0-9_.\-/]{0,254}$/i;

export function descriptionOf(
  type: InstrumentType,
  name: unknown,
  options: MetricOptions | null | undefined,
): InstrumentDescription {
  const given = givenText(name);
  if (!INSTRUMENT_NAME.test(given))
    diag.warn(`the name ${JSON.stringify(given)} of an instrument must match ${INSTRUMENT_NAME.source}`);
  return {
    type,
    name: given,
    unit: givenText(options?.unit),
    description: givenText(options?.description),
    boundaries: boundariesOf(options?.advice?.explicitBucketBoundaries),
  };
}

/** Empty for what is no text. */
export function givenText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Advice and no order: what is of no use in it is left out, and the instrument records. */
function boundariesOf(advice: unknown): readonly number[] | undefined {
  if (!Array.isArray(advice)) return undefined;
  const bounds = advice.filter((bound): bound is number => Number.isFinite(bound));
  return [...new Set(bounds)].sort((a, b) => a - b);
}
