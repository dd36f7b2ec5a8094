/**
 * Instruments of the OpenTelemetry API, of two providers: its SDK, and this library over its slots. The API has no handles, so
 * attributes are looked up at every call; bindInstrument() of this library gives one.
 */
import type { Attributes, Meter } from '@opentelemetry/api';
import { DEFAULT_BUCKETS } from '../../src/index.js';
import { bindInstrument } from '../../src/otel/index.js';
import { PeerUnavailableError } from '../harness/bench-case.js';
import { Observations } from '../micro/observations.js';
import type { OperationKey } from '../micro/operations.js';
import { OPERATIONS } from '../micro/operations.js';
import { labelSets } from '../micro/own-counter-cases.js';
import { GAUGE_VALUE, OBSERVED_VALUE, observeInTurn } from '../micro/text-totals.js';
import type { MicroCase, Totals, Workload } from '../micro/workload.js';
import { openMeter } from './otel-meter.js';
import type { OpenMeter } from './otel-meter.js';
import { openSlotMeter } from './slot-meter.js';

interface Provider {
  /** The second half of a case's id. */
  readonly key: string;
  readonly name: string;
  readonly open: (isExponential?: boolean) => Promise<OpenMeter>;
}

const SDK: Provider = { key: 'opentelemetry', name: 'OpenTelemetry SDK', open: openMeter };
const SLOTS: Provider = {
  key: 'opentelemetry-slots',
  name: 'threadtally, OpenTelemetry API',
  open: openSlotMeter,
};

interface InstrumentOperation {
  readonly key: OperationKey;
  readonly call: string;
  /** Histograms get exponential buckets. */
  readonly isExponential?: boolean;
  readonly build: (meter: Meter) => Pick<Workload, 'operation' | 'expected'>;
}

const OPERATIONS_OF_COUNTERS: readonly InstrumentOperation[] = [
  counterOperation('counter-inc', 'counter.add(1, attributes)', 1, (counter, attributes) => {
    return () => counter.add(1, attributes);
  }),
  counterOperation('counter-inc-3', 'counter.add(3, attributes)', 3, (counter, attributes) => {
    return () => counter.add(3, attributes);
  }),
  counterOperation('counter-inc-fraction', 'counter.add(0.5, attributes)', 0.5, (counter, attributes) => {
    return () => counter.add(0.5, attributes);
  }),
  counterOperation('counter-inc-object', 'counter.add(1, { method, status })', 1, counter => {
    return () => counter.add(1, { method: 'GET', status: '200' });
  }),
  counterOperation('counter-64-objects', 'counter.add(1, sets[i])', 1, counter => {
    const sets = labelSets();
    let at = 0;
    return () => {
      at = (at + 1) % sets.length;
      counter.add(1, sets[at]);
    };
  }),
  counterOperation('counter-unlabelled', 'counter.add(1)', 1, counter => () => counter.add(1)),
];

const OPERATIONS_OF_GAUGES: readonly InstrumentOperation[] = [
  {
    key: 'gauge-set',
    call: 'gauge.record(42.5, attributes)',
    build: meter => {
      const gauge = meter.createGauge('bench');
      const attributes = newAttributes();
      return {
        operation: () => gauge.record(GAUGE_VALUE, attributes),
        expected: () => ({ value: GAUGE_VALUE }),
      };
    },
  },
  {
    key: 'gauge-inc',
    call: 'upDownCounter.add(1, attributes)',
    build: meter => {
      const upDownCounter = meter.createUpDownCounter('bench');
      const attributes = newAttributes();
      return { operation: () => upDownCounter.add(1, attributes), expected: calls => ({ value: calls }) };
    },
  },
  {
    key: 'gauge-unlabelled',
    call: 'gauge.record(42.5)',
    build: meter => {
      const gauge = meter.createGauge('bench');
      return { operation: () => gauge.record(GAUGE_VALUE), expected: () => ({ value: GAUGE_VALUE }) };
    },
  },
];

const OPERATIONS_OF_HISTOGRAMS: readonly InstrumentOperation[] = [
  {
    key: 'histogram-observe',
    call: 'histogram.record(0.3125, attributes)',
    build: meter => {
      const histogram = newHistogram(meter);
      const attributes = newAttributes();
      return {
        operation: () => histogram.record(OBSERVED_VALUE, attributes),
        expected: calls => Observations.constant(OBSERVED_VALUE).expected(calls),
      };
    },
  },
  {
    key: 'histogram-cycle',
    call: 'histogram.record(values[i], attributes)',
    build: meter => {
      const histogram = newHistogram(meter);
      const attributes = newAttributes();
      const observations = Observations.cycle();
      return {
        operation: observeInTurn(observations.values, value => histogram.record(value, attributes)),
        expected: calls => observations.expected(calls),
      };
    },
  },
  {
    key: 'histogram-unlabelled',
    call: 'histogram.record(0.3125)',
    build: meter => {
      const histogram = newHistogram(meter);
      return {
        operation: () => histogram.record(OBSERVED_VALUE),
        expected: calls => Observations.constant(OBSERVED_VALUE).expected(calls),
      };
    },
  },
];

const OPERATIONS_OF_EXPONENTIAL_HISTOGRAMS: readonly InstrumentOperation[] = [
  {
    key: 'native-observe',
    call: 'histogram.record(0.3125, attributes)',
    isExponential: true,
    build: meter => {
      const histogram = meter.createHistogram('bench');
      const attributes = newAttributes();
      return {
        operation: () => histogram.record(OBSERVED_VALUE, attributes),
        expected: calls => withoutBuckets(Observations.constant(OBSERVED_VALUE).expected(calls)),
      };
    },
  },
  {
    key: 'native-cycle',
    call: 'histogram.record(values[i], attributes)',
    isExponential: true,
    build: meter => {
      const histogram = meter.createHistogram('bench');
      const attributes = newAttributes();
      const observations = Observations.cycle();
      return {
        operation: observeInTurn(observations.values, value => histogram.record(value, attributes)),
        expected: calls => withoutBuckets(observations.expected(calls)),
      };
    },
  },
];

const BOUND_OPERATIONS: readonly InstrumentOperation[] = [
  {
    key: 'bound-add',
    call: 'bound.add(1)',
    build: meter => {
      const bound = bindInstrument(meter.createCounter('bench'), newAttributes());
      return { operation: () => bound.add(1), expected: calls => ({ value: calls }) };
    },
  },
  {
    key: 'bound-record',
    call: 'bound.record(0.3125)',
    build: meter => {
      const bound = bindInstrument(newHistogram(meter), newAttributes());
      return {
        operation: () => bound.record(OBSERVED_VALUE),
        expected: calls => Observations.constant(OBSERVED_VALUE).expected(calls),
      };
    },
  },
];

export function openTelemetryCases(): MicroCase[] {
  return [SDK, SLOTS].flatMap(provider =>
    [
      ...OPERATIONS_OF_COUNTERS,
      ...OPERATIONS_OF_GAUGES,
      ...OPERATIONS_OF_HISTOGRAMS,
      ...OPERATIONS_OF_EXPONENTIAL_HISTOGRAMS,
      ...BOUND_OPERATIONS,
    ].map(operation => caseOf(provider, operation)),
  );
}

function caseOf({ key, name, open }: Provider, operation: InstrumentOperation): MicroCase {
  const { isExponential, build, call } = operation;
  return {
    id: `${operation.key}/${key}`,
    operation: OPERATIONS[operation.key],
    implementation: name,
    call,
    setUp: async () => {
      const { meter, readTotals } = await open(isExponential).catch((error: unknown) => {
        throw new PeerUnavailableError(
          `${name} does not load on Node.js ${process.versions.node}: ${String(error)}`,
        );
      });
      return { ...build(meter), found: readTotals };
    },
  };
}

type OtelCounter = ReturnType<Meter['createCounter']>;

function counterOperation(
  ...[key, call, step, operationOf]: [
    OperationKey,
    string,
    number,
    (counter: OtelCounter, attributes: Attributes) => () => void,
  ]
): InstrumentOperation {
  return {
    key,
    call,
    build: meter => ({
      operation: operationOf(meter.createCounter('bench'), newAttributes()),
      expected: calls => ({ value: calls * step }),
    }),
  };
}

function newAttributes(): Attributes {
  return { method: 'GET', status: '200' };
}

function withoutBuckets({ count, sum }: Totals): Totals {
  return { count, sum };
}

function newHistogram(meter: Meter) {
  return meter.createHistogram('bench', { advice: { explicitBucketBoundaries: [...DEFAULT_BUCKETS] } });
}
