/** Metric: what all metric types have in common for those who list them, and any one of the types that record. */
import type { Counter } from './counter.js';
import type { FamilyType } from './family-descriptor.js';
import type { Gauge } from './gauge.js';
import type { Histogram } from './histogram.js';
import type { Summary } from './summary.js';

/** A metric of any type that other client libraries have. */
export type Metric<L extends string = string> = Counter<L> | Gauge<L> | Histogram<L> | Summary<L>;

/** Its definition, as registries list it. */
export interface MetricObject {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  readonly aggregator: string;
  readonly collect?: (() => void | Promise<void>) | undefined;
}

/** Whether a name is one to every version of Prometheus: `[a-zA-Z_:][a-zA-Z0-9_:]*`. */
export function validateMetricName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
}
