/** Registries of prom-client and its successor, filled by a plan; twice, to hold what two threads recorded in ours. */
import type { PromImplementation } from '../baselines/prom-library.js';
import type { FamilyPlan } from './family-plan.js';
import { amountOf, familyName, LABEL_NAMES, labelsOf, observationOf } from './family-plan.js';
import type { ScrapeSubject } from './scrape-subject.js';
import { TOUCH_STEP } from './scrape-subject.js';

export async function promSubject(plan: FamilyPlan, library: PromImplementation): Promise<ScrapeSubject> {
  const { Counter, Histogram, Registry } = await library.load();
  const registry = new Registry();
  const touches: (() => void)[] = [];
  for (let family = 0; family < plan.families; family++) {
    const name = familyName(plan, family);
    const options = { name, help: 'Recorded by a bench.', labelNames: LABEL_NAMES, registers: [registry] };
    const metric = plan.type === 'counter' ? new Counter(options) : new Histogram(options);
    for (let series = 0; series < plan.seriesPerFamily; series++) {
      const touch = recordTwice(metric, series);
      if (series % (plan.touchStep ?? TOUCH_STEP) === 0) touches.push(touch);
    }
  }
  return {
    render: () => registry.metrics(),
    touch: () => {
      for (const touch of touches) touch();
      return touches.length;
    },
    text: () => registry.metrics(),
    recordings: 2,
    close: async () => {},
  };
}

type Library = typeof import('prom-client');
type PromMetric = InstanceType<Library['Counter']> | InstanceType<Library['Histogram']>;

function recordTwice(metric: PromMetric, series: number): () => void {
  const child = metric.labels(labelsOf(series));
  if ('observe' in child) {
    for (let i = 0; i < 2; i++) child.observe(observationOf(series));
    return () => child.observe(1);
  }
  for (let i = 0; i < 2; i++) child.inc(amountOf(series));
  return () => child.inc();
}
