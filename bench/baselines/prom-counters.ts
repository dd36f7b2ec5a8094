/** Counters of prom-client and its successor. */
import type { Counter } from 'prom-client';
import type { OperationKey } from '../micro/operations.js';
import { OPERATIONS } from '../micro/operations.js';
import { labelSets } from '../micro/own-counter-cases.js';
import { COUNTER_NAME, counterWorkload, LABEL_NAMES } from '../micro/text-totals.js';
import type { MicroCase } from '../micro/workload.js';
import type { PromImplementation } from './prom-library.js';

interface CounterOperation {
  readonly key: OperationKey;
  readonly call: string;
  readonly step: number;
  readonly build: (counter: Counter) => () => void;
}

const LABELLED: readonly CounterOperation[] = [
  {
    key: 'counter-inc',
    call: 'child.inc()',
    step: 1,
    build: counter => {
      const child = counter.labels('GET', '200');
      return () => child.inc();
    },
  },
  {
    key: 'counter-inc-3',
    call: 'child.inc(3)',
    step: 3,
    build: counter => {
      const child = counter.labels('GET', '200');
      return () => child.inc(3);
    },
  },
  {
    key: 'counter-inc-fraction',
    call: 'child.inc(0.5)',
    step: 0.5,
    build: counter => {
      const child = counter.labels('GET', '200');
      return () => child.inc(0.5);
    },
  },
  {
    key: 'counter-by-object',
    call: 'counter.labels({ method, status }).inc()',
    step: 1,
    build: counter => () => counter.labels({ method: 'GET', status: '200' }).inc(),
  },
  {
    key: 'counter-by-kept-object',
    call: 'counter.labels(kept).inc()',
    step: 1,
    build: counter => {
      const kept = { method: 'GET', status: '200' };
      return () => counter.labels(kept).inc();
    },
  },
  {
    key: 'counter-inc-object',
    call: 'counter.inc({ method, status })',
    step: 1,
    build: counter => () => counter.inc({ method: 'GET', status: '200' }),
  },
  {
    key: 'counter-by-values',
    call: 'counter.labels(method, status).inc()',
    step: 1,
    build: counter => () => counter.labels('GET', '200').inc(),
  },
  {
    key: 'counter-64-objects',
    call: 'counter.labels(sets[i]).inc()',
    step: 1,
    build: counter => {
      const sets = labelSets();
      let at = 0;
      return () => {
        at = (at + 1) % sets.length;
        counter.labels(sets[at]).inc();
      };
    },
  },
];

export function promCounterCases(library: PromImplementation): MicroCase[] {
  return [...LABELLED.map(operation => labelledCase(library, operation)), unlabelledCase(library)];
}

function labelledCase(library: PromImplementation, { key, call, step, build }: CounterOperation): MicroCase {
  return {
    id: `${key}/${library.key}`,
    operation: OPERATIONS[key],
    implementation: library.name,
    isVariant: library.isVariant,
    call,
    setUp: async () => {
      const { Counter, Registry } = await library.load();
      const registry = new Registry();
      const options = { name: COUNTER_NAME, help: 'x', labelNames: LABEL_NAMES, registers: [registry] };
      return counterWorkload(registry, step, build(new Counter(options)));
    },
  };
}

function unlabelledCase(library: PromImplementation): MicroCase {
  return {
    id: `counter-unlabelled/${library.key}`,
    operation: OPERATIONS['counter-unlabelled'],
    implementation: library.name,
    isVariant: library.isVariant,
    call: 'counter.inc()',
    setUp: async () => {
      const { Counter, Registry } = await library.load();
      const registry = new Registry();
      const counter = new Counter({ name: COUNTER_NAME, help: 'x', registers: [registry] });
      return counterWorkload(registry, 1, () => counter.inc());
    },
  };
}
