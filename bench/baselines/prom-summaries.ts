/** Summaries of prom-client and its successor: a t-digest for each series. */
import { Observations } from '../micro/observations.js';
import { OPERATIONS } from '../micro/operations.js';
import {
  HISTOGRAM_NAME,
  LABEL_NAMES,
  OBSERVED_VALUE,
  observeInTurn,
  sketchWorkload,
} from '../micro/text-totals.js';
import type { MicroCase } from '../micro/workload.js';
import type { PromImplementation } from './prom-library.js';

/** A sliding window, as the own case has it. */
const WINDOW = { maxAgeSeconds: 600, ageBuckets: 5 };

export function promSummaryCases(library: PromImplementation): MicroCase[] {
  const shared = { implementation: library.name, isVariant: library.isVariant };
  return [
    {
      ...shared,
      id: `summary-observe/${library.key}`,
      operation: OPERATIONS['summary-observe'],
      call: 'child.observe(0.3125)',
      setUp: async () => {
        const { registry, child } = await labelledSummary(library);
        const observations = Observations.constant(OBSERVED_VALUE);
        return sketchWorkload(registry, observations, () => child.observe(OBSERVED_VALUE));
      },
    },
    {
      ...shared,
      id: `summary-cycle/${library.key}`,
      operation: OPERATIONS['summary-cycle'],
      call: 'child.observe(values[i])',
      setUp: async () => cycleOf(await labelledSummary(library)),
    },
    {
      ...shared,
      id: `summary-window-cycle/${library.key}`,
      operation: OPERATIONS['summary-window-cycle'],
      call: 'child.observe(values[i])',
      setUp: async () => cycleOf(await labelledSummary(library, WINDOW)),
    },
  ];
}

function cycleOf({ registry, child }: Awaited<ReturnType<typeof labelledSummary>>) {
  const observations = Observations.cycle();
  const operation = observeInTurn(observations.values, value => child.observe(value));
  return sketchWorkload(registry, observations, operation);
}

async function labelledSummary(library: PromImplementation, window: Partial<typeof WINDOW> = {}) {
  const { Summary, Registry } = await library.load();
  const registry = new Registry();
  const options = {
    name: HISTOGRAM_NAME,
    help: 'x',
    labelNames: LABEL_NAMES,
    registers: [registry],
    ...window,
  };
  return { registry, child: new Summary(options).labels('GET', '200') };
}
