/** A meter of this library over the slots of a registry of its own. */
import { Registry } from '../../src/index.js';
import { startMeterProvider } from '../../src/otel/index.js';
import { sumOfSamples } from '../harness/exposition-text.js';
import type { OpenMeter } from './otel-meter.js';

const OPTIONS = { setGlobal: false, targetInfo: false } as const;

/** As openMeter(). The only instrument is called `bench`. */
export async function openSlotMeter(isExponential = false): Promise<OpenMeter> {
  const registry = new Registry();
  const views = isExponential ? [{ aggregation: { type: 'exponential_buckets' } as const }] : [];
  const { provider } = startMeterProvider({ ...OPTIONS, registry, views });
  const readTotals = async (): ReturnType<OpenMeter['readTotals']> => {
    const text = await registry.metrics();
    const sumOf = (suffix: string): number => sumOfSamples(text, `bench${suffix}`);
    if (text.includes('# TYPE bench histogram')) {
      const totals = { count: sumOf('_count'), sum: sumOf('_sum') };
      return isExponential ? totals : { ...totals, buckets: sumOf('_bucket') };
    }
    return { value: text.includes('# TYPE bench gauge') ? sumOf('') : sumOf('_total') };
  };
  return { meter: provider.getMeter('bench'), readTotals };
}
