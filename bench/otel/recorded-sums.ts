/** What the default registry of this process has counted. */
import { Counter, register } from '../../src/index.js';

type Labels = Readonly<Record<string, unknown>>;

/** The sum over the series of a counter, or over those that are meant; 0 for one that nobody has defined. */
export async function sumOf(name: string, isMeant = (_labels: Labels) => true): Promise<number> {
  const counter = register.getSingleMetric(name);
  if (!(counter instanceof Counter)) return 0;
  const { values } = await counter.get();
  return values.filter(({ labels }) => isMeant(labels)).reduce((sum, { value }) => sum + value, 0);
}

/** Metrics are counted in the same families, where they are pushed. */
export async function spanCounts(): Promise<{ readonly exported: number; readonly dropped: number }> {
  const isOfSpans = ({ signal }: Labels): boolean => signal === 'traces';
  return {
    exported: await sumOf('otel_exporter_exported_items_total', isOfSpans),
    dropped: await sumOf('otel_exporter_dropped_items_total', isOfSpans),
  };
}
