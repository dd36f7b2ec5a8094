/** A worker that records exemplars: until it is killed, or for a number of rounds. */
import { workerData } from 'node:worker_threads';
import type { RegistryToken } from '../../src/index.js';
import { Registry } from '../../src/index.js';
import { VALUES, defineExemplars, labelsFor } from './exemplar-metrics.js';
import { Ledger } from './ledger.js';

export interface ExemplarTask {
  readonly token: RegistryToken;
  readonly ledger: SharedArrayBuffer;
  readonly row: number;
  /** 0 for no end. */
  readonly rounds: number;
}

const { token, ledger: buffer, row, rounds } = workerData as ExemplarTask;
const registry = Registry.attach(token);
const { own, shared, spread, native } = defineExemplars(registry);
const ledger = new Ledger(buffer);

for (let round = 0; rounds === 0 || round < rounds; round++) {
  ledger.begin(row);
  for (const value of VALUES) {
    const exemplarLabels = labelsFor(row, round, value);
    own.inc({ value, exemplarLabels });
    shared.inc({ value, exemplarLabels });
    spread.observe({ value, exemplarLabels });
    native.observe({ value, exemplarLabels });
  }
  ledger.end(row);
}
registry.close();
