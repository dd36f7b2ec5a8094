/**
 * Churn: far more series than a registry holds go through it, one after the other.
 *
 * CHURN_SERIES sets how many (default 1,000,000).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Churn, assertSteady, churnUntil, drift } from './churn.js';

const SERIES = Number(process.env['CHURN_SERIES'] ?? 1_000_000);
const CHECKS = 24;
/** What one more byte kept for each series would be far beyond. */
const HEAP_GROWTH_MAX_BYTES = 1_000_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The heap of a registry without series. */
function emptyHeapBytes(churn: Churn): number {
  churn.clear();
  churn.check();
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

test('label values may grow and shrink over time: what is free of one size serves another', () =>
  drift(SERIES / 20));

test('series come and go in a registry at its limits: none leaks, none collides, none shows a wrong value', t => {
  const churn = new Churn({ seriesMax: 10_000, batch: 400 });
  const startMs = performance.now();
  churnUntil(churn, SERIES / 2, CHECKS / 2);
  const memory = churn.registry.memory();
  const middle = emptyHeapBytes(churn);
  churnUntil(churn, SERIES, CHECKS / 2);
  assertSteady(memory, churn.registry.memory());
  const end = emptyHeapBytes(churn);
  t.diagnostic(`${churn.created} series in ${Math.round(performance.now() - startMs)} ms`);
  assert.ok(end - middle < HEAP_GROWTH_MAX_BYTES, `the heap grew from ${middle} to ${end} bytes`);
  churn.close();
});
