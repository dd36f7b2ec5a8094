/** Counters of this library. */
import type { Counter } from '../../src/index.js';
import { Registry } from '../../src/index.js';
import type { OperationKey } from './operations.js';
import { OPERATIONS } from './operations.js';
import type { OwnImplementation } from './own-implementation.js';
import { WHY } from './own-implementation.js';
import { COUNTER_NAME, counterWorkload, LABEL_NAMES } from './text-totals.js';
import type { MicroCase } from './workload.js';

type LabelledCounter = Counter<(typeof LABEL_NAMES)[number]>;

interface CounterOperation {
  readonly key: OperationKey;
  readonly call: string;
  readonly step: number;
  /** Makes the closure that is measured. */
  readonly build: (counter: LabelledCounter) => () => void;
}

const LABEL_SET_COUNT = 64;

const LABELLED: readonly CounterOperation[] = [
  {
    key: 'counter-inc',
    call: 'handle.inc()',
    step: 1,
    build: counter => {
      const handle = counter.labels('GET', '200');
      return () => handle.inc();
    },
  },
  {
    key: 'counter-inc-3',
    call: 'handle.inc(3)',
    step: 3,
    build: counter => {
      const handle = counter.labels('GET', '200');
      return () => handle.inc(3);
    },
  },
  {
    key: 'counter-inc-fraction',
    call: 'handle.inc(0.5)',
    step: 0.5,
    build: counter => {
      const handle = counter.labels('GET', '200');
      return () => handle.inc(0.5);
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
        at = (at + 1) % LABEL_SET_COUNT;
        counter.labels(sets[at]).inc();
      };
    },
  },
];

/** Eight methods with eight statuses each. */
export function labelSets(): { method: string; status: string }[] {
  return Array.from({ length: LABEL_SET_COUNT }, (_, i) => ({
    method: `method-${i >> 3}`,
    status: String(200 + (i & 7)),
  }));
}

export function ownCounterCases(own: OwnImplementation): MicroCase[] {
  return [...LABELLED.map(operation => labelledCase(own, operation)), unlabelledCase(own)];
}

function labelledCase({ key: sharing, name }: OwnImplementation, operation: CounterOperation): MicroCase {
  const { key, call, step, build } = operation;
  return {
    id: `${key}/${sharing}`,
    operation: OPERATIONS[key],
    implementation: name,
    call,
    why: WHY.counter[sharing],
    setUp: () => {
      const registry = new Registry();
      const counter = registry.counter({ name: COUNTER_NAME, help: 'x', labelNames: LABEL_NAMES, sharing });
      return counterWorkload(registry, step, build(counter));
    },
  };
}

function unlabelledCase({ key: sharing, name }: OwnImplementation): MicroCase {
  return {
    id: `counter-unlabelled/${sharing}`,
    operation: OPERATIONS['counter-unlabelled'],
    implementation: name,
    call: 'counter.inc()',
    why: WHY.counter[sharing],
    setUp: () => {
      const registry = new Registry();
      const counter = registry.counter({ name: COUNTER_NAME, help: 'x', sharing });
      return counterWorkload(registry, 1, () => counter.inc());
    },
  };
}
