/** A worker that records until it is killed. */
import { workerData } from 'node:worker_threads';
import type { RegistryToken } from '../../src/index.js';
import { Registry } from '../../src/index.js';
import { Ledger } from './ledger.js';
import {
  BUILD_STEPS,
  CARRY_STEP,
  CHURN_STEPS,
  PHASES,
  RANGED_VALUES,
  STEP,
  defineTortured,
} from './metrics.js';

export interface TortureTask {
  readonly token: RegistryToken;
  readonly ledger: SharedArrayBuffer;
  readonly row: number;
}

const { token, ledger: buffer, row } = workerData as TortureTask;
const registry = Registry.attach(token);
const metrics = defineTortured(registry);
const ledger = new Ledger(buffer);
const fraction = metrics.fraction.labels('half');
const depth = metrics.depth.labels('now');

for (let i = row; ; i++) {
  ledger.begin(row);
  metrics.steps.inc(STEP);
  metrics.carry.inc(CARRY_STEP);
  fraction.inc(0.5);
  metrics.latency.observe(1);
  metrics.native.observe(RANGED_VALUES[i % RANGED_VALUES.length]!);
  metrics.dual.observe(1 + (i % 16));
  metrics.summary.observe(RANGED_VALUES[(i >> 3) % RANGED_VALUES.length]!);
  metrics.window.observe(2);
  depth.set(7);
  metrics.own.inc({ worker: row });
  metrics.atomic.inc();
  metrics.sharedNative.observe(RANGED_VALUES[(i >> 2) % RANGED_VALUES.length]!);
  metrics.marked.inc({ value: 1, exemplarLabels: { worker: String(row), step: String(i) } });
  metrics.phase.set(PHASES[i % PHASES.length]!);
  if (i % BUILD_STEPS === 0) metrics.build.set({ worker: String(row) });
  metrics.churned.observe({ worker: row, step: i % CHURN_STEPS }, 1 + (i % 1_000));
  if (i % CHURN_STEPS === 0) metrics.churned.removeMatching({ worker: row });
  ledger.end(row);
}
