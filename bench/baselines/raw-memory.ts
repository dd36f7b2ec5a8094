/** Raw memory: what a processor needs for the access alone, with no metric around it. */
import type { OperationKey } from '../micro/operations.js';
import { OPERATIONS } from '../micro/operations.js';
import { GAUGE_VALUE } from '../micro/text-totals.js';
import type { MicroCase, Workload } from '../micro/workload.js';

const BYTES = 64;
const TURN = 2 ** 32;

export function rawMemoryCases(): MicroCase[] {
  return [
    rawCase('empty-call', 'plain', '() => {}', emptyCall),
    rawCase('counter-inc', 'plain-int32', 'int32[0]++', plainIncrement),
    rawCase('counter-inc', 'atomics-int32', 'Atomics.add(int32, 0, 1)', atomicIncrement),
    rawCase('counter-inc', 'atomics-bigint64', 'Atomics.add(bigint64, 0, 1n)', atomicBigIncrement),
    rawCase('counter-inc-fraction', 'plain-float64', 'float64[0] += 0.5', plainFraction),
    rawCase('counter-inc-fraction', 'exchange-float64', 'compareExchange loop', exchangedFraction),
    rawCase('gauge-set', 'plain-float64', 'float64[0] = 42.5', plainStore),
    rawCase('gauge-set', 'atomics-int32', 'Atomics.store(int32, 0, 42)', atomicStore),
  ];
}

function rawCase(
  ...[key, implementation, call, setUp]: [OperationKey, string, string, () => Workload]
): MicroCase {
  const name = `bare ${implementation.replace('-', ' ')}`;
  return { id: `${key}/${implementation}`, operation: OPERATIONS[key], implementation: name, call, setUp };
}

/** Shows what the loop around every case costs; it leaves nothing behind that could be checked. */
function emptyCall(): Workload {
  return { operation: () => {}, expected: () => ({ value: 0 }), found: () => ({ value: 0 }) };
}

function plainIncrement(): Workload {
  const words = new Int32Array(new SharedArrayBuffer(BYTES));
  return {
    operation: () => {
      words[0]++;
    },
    expected: calls => ({ value: calls % TURN }),
    found: () => ({ value: words[0] >>> 0 }),
  };
}

function atomicIncrement(): Workload {
  const words = new Int32Array(new SharedArrayBuffer(BYTES));
  return {
    operation: () => {
      Atomics.add(words, 0, 1);
    },
    expected: calls => ({ value: calls % TURN }),
    found: () => ({ value: words[0] >>> 0 }),
  };
}

function atomicBigIncrement(): Workload {
  const quads = new BigInt64Array(new SharedArrayBuffer(BYTES));
  return {
    operation: () => {
      Atomics.add(quads, 0, 1n);
    },
    expected: calls => ({ value: calls }),
    found: () => ({ value: Number(quads[0]) }),
  };
}

function plainFraction(): Workload {
  const doubles = new Float64Array(new SharedArrayBuffer(BYTES));
  return {
    operation: () => {
      doubles[0] += 0.5;
    },
    expected: calls => ({ value: calls * 0.5 }),
    found: () => ({ value: doubles[0] }),
  };
}

/** Adding to a double that other threads add to as well: `Atomics` takes no floats, so its bits are exchanged. */
function exchangedFraction(): Workload {
  const buffer = new SharedArrayBuffer(BYTES);
  const quads = new BigInt64Array(buffer);
  const scratch = new Float64Array(1);
  const bits = new BigInt64Array(scratch.buffer);
  return {
    operation: () => {
      let seen = Atomics.load(quads, 0);
      for (;;) {
        bits[0] = seen;
        scratch[0] += 0.5;
        const found = Atomics.compareExchange(quads, 0, seen, bits[0]);
        if (found === seen) return;
        seen = found;
      }
    },
    expected: calls => ({ value: calls * 0.5 }),
    found: () => ({ value: new Float64Array(buffer)[0] }),
  };
}

function plainStore(): Workload {
  const doubles = new Float64Array(new SharedArrayBuffer(BYTES));
  return {
    operation: () => {
      doubles[0] = GAUGE_VALUE;
    },
    expected: () => ({ value: GAUGE_VALUE }),
    found: () => ({ value: doubles[0] }),
  };
}

function atomicStore(): Workload {
  const words = new Int32Array(new SharedArrayBuffer(BYTES));
  return {
    operation: () => {
      Atomics.store(words, 0, 42);
    },
    expected: () => ({ value: 42 }),
    found: () => ({ value: words[0] }),
  };
}
