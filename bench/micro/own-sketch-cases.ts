/** Native histograms and summaries of this library. */
import { DEFAULT_BUCKETS, Registry } from '../../src/index.js';
import { Observations } from './observations.js';
import type { OperationKey } from './operations.js';
import { OPERATIONS } from './operations.js';
import type { OwnImplementation } from './own-implementation.js';
import { WHY } from './own-implementation.js';
import {
  HISTOGRAM_NAME,
  histogramWorkload,
  LABEL_NAMES,
  OBSERVED_VALUE,
  observeInTurn,
  sketchWorkload,
} from './text-totals.js';
import type { MicroCase, Workload } from './workload.js';

interface Observer {
  observe(value: number): void;
}

interface SketchKind {
  readonly key: 'native' | 'dual' | 'summary' | 'summary-window';
  readonly workload: typeof sketchWorkload;
  define(registry: Registry, sharing: OwnImplementation['key']): Observer;
}

const DEFINITION = { name: HISTOGRAM_NAME, help: 'x', labelNames: LABEL_NAMES };

const KINDS: readonly SketchKind[] = [
  {
    key: 'native',
    workload: sketchWorkload,
    define: (registry, sharing) =>
      registry.histogram({ ...DEFINITION, sharing, native: true }).labels('GET', '200'),
  },
  {
    key: 'dual',
    workload: histogramWorkload,
    define: (registry, sharing) =>
      registry
        .histogram({ ...DEFINITION, sharing, native: true, buckets: DEFAULT_BUCKETS })
        .labels('GET', '200'),
  },
  {
    key: 'summary',
    workload: sketchWorkload,
    define: (registry, sharing) => registry.summary({ ...DEFINITION, sharing }).labels('GET', '200'),
  },
  {
    key: 'summary-window',
    workload: sketchWorkload,
    define: (registry, sharing) =>
      registry.summary({ ...DEFINITION, sharing, maxAgeSeconds: 600 }).labels('GET', '200'),
  },
];

export function ownSketchCases(implementation: OwnImplementation): MicroCase[] {
  return KINDS.flatMap(kind => {
    const cases = [cycleCase(kind, implementation)];
    if (kind.key !== 'summary-window') cases.unshift(constantCase(kind, implementation));
    return cases;
  });
}

function constantCase(kind: SketchKind, implementation: OwnImplementation): MicroCase {
  return {
    ...caseOf(kind, 'observe', implementation),
    call: 'handle.observe(0.3125)',
    setUp: () => {
      const registry = new Registry();
      const handle = kind.define(registry, implementation.key);
      const observations = Observations.constant(OBSERVED_VALUE);
      return kind.workload(registry, observations, () => handle.observe(OBSERVED_VALUE));
    },
  };
}

function cycleCase(kind: SketchKind, implementation: OwnImplementation): MicroCase {
  return {
    ...caseOf(kind, 'cycle', implementation),
    call: 'handle.observe(values[i])',
    setUp: (): Workload => {
      const registry = new Registry();
      const handle = kind.define(registry, implementation.key);
      const observations = Observations.cycle();
      return kind.workload(
        registry,
        observations,
        observeInTurn(observations.values, value => handle.observe(value)),
      );
    },
  };
}

function caseOf(
  { key }: SketchKind,
  values: 'observe' | 'cycle',
  { key: sharing, name }: OwnImplementation,
): Pick<MicroCase, 'id' | 'operation' | 'implementation' | 'why'> {
  const operation = `${key}-${values}` as OperationKey;
  return {
    id: `${operation}/${sharing}`,
    operation: OPERATIONS[operation],
    implementation: name,
    why: WHY.histogram[sharing],
  };
}
