/** The process of one micro case: warm up, time, weigh, and compare what was recorded with the calls made. */
import type { CaseReport, CaseRequest } from '../harness/bench-case.js';
import { reportCase } from '../harness/case-reporter.js';
import { PRESETS } from '../harness/preset.js';
import { measureAllocation } from './allocation.js';
import { MICRO_CASES } from './case-list.js';
import { timeOperation } from './timing.js';
import { WARMUP_CALLS } from './warmup-calls.js';
import { checksOf } from './workload.js';

/** mitata's own choice. */
const UNROLL = 4;

await reportCase(measureCase);

async function measureCase({ id, preset }: CaseRequest): Promise<CaseReport> {
  const workload = await MICRO_CASES.find(microCase => microCase.id === id)!.setUp();
  const { operation } = workload;
  for (let i = 0; i < WARMUP_CALLS; i++) operation();
  globalThis.gc?.();
  const { timingMs } = PRESETS[preset];
  const unrolled = await timeOperation(operation, timingMs, UNROLL);
  const plain = await timeOperation(operation, timingMs, 1);
  const { bytesPerCall, calls } = await measureAllocation(operation);
  const { nsMedian, nsP99 } = unrolled;
  return {
    readings: { nsMedian, nsP99, nsPlainLoop: plain.nsMedian, bytesPerCall },
    checks: await checksOf(workload, WARMUP_CALLS + unrolled.calls + plain.calls + calls),
  };
}
