/** Prints how many bytes one render() of a registry leaves to the collector once V8 has compiled it. */
import { Registry } from '../../../src/index.js';

const SERIES = 1_000;
const FAMILIES = 10;
const RENDERINGS = 100;
const WARM_ROUNDS = 40;
const ROUNDS = 41;

const registry = new Registry({ familySeriesMax: 2 * SERIES, seriesMax: 20 * SERIES });
const counter = registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] });
for (let i = 0; i < SERIES; i++) counter.inc({ a: `v${i}` }, i + 0.5);
for (let i = 1; i < FAMILIES; i++) registry.gauge({ name: `g${i}`, help: 'G.' }).set(i);

const changing = counter.labels({ a: 'v7' });

const rounds: number[] = [];
for (let round = 0; round < WARM_ROUNDS + ROUNDS; round++) {
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < RENDERINGS; i++) {
    changing.inc();
    (await registry.render()).release();
  }
  rounds.push((process.memoryUsage().heapUsed - before) / RENDERINGS);
}
// The middle one: some have a collection in them.
console.log(Math.round(rounds.slice(WARM_ROUNDS).sort((a, b) => a - b)[ROUNDS >> 1]!));
registry.close();
