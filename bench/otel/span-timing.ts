/** The time of one span, call by call, in a thread whose queue is emptied between some of them. */
import { eventSpan, startTracing, withSpan, type TraceExporter } from '../../src/otel/index.js';
import type { CaseReport } from '../harness/bench-case.js';
import { quantile } from '../harness/statistics.js';
import { SPAN_BOUNDS_US, withinReading } from './case-list.js';
import type { SpanKind } from './case-list.js';

const WARM_CALLS = 20_000;
/** Between two empty queues. */
const CALLS_AT_ONCE = 500;

const SHARES = { nsP50: 0.5, nsP90: 0.9, nsP99: 0.99, nsP999: 0.999 } as const;

export async function timeSpans(kind: SpanKind, calls: number): Promise<CaseReport> {
  let exported = 0;
  const exporter: TraceExporter = {
    export: (spans, done) => {
      exported += spans.length;
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
  };
  const ratio = kind === 'sampled' ? 1 : 0;
  const tracing =
    kind === 'not-started'
      ? undefined
      : await startTracing({ exporter, sampler: { strategy: 'parent_based', ratio } });
  let ran = 0;
  const call = (): void => {
    withSpan(eventSpan({ type: 'order' }), () => {
      ran++;
    });
  };
  const flush = async (): Promise<void> => void (await tracing?.flush());
  await timeCalls(call, WARM_CALLS, flush);
  const times = await timeCalls(call, calls, flush);
  const clock = await timeCalls(
    () => undefined,
    calls,
    () => Promise.resolve(),
  );
  await tracing?.shutdown();
  const total = WARM_CALLS + calls;
  return {
    readings: {
      ...Object.fromEntries(Object.entries(SHARES).map(([name, share]) => [name, quantile(times, share)])),
      nsClock: quantile(clock, SHARES.nsP50),
      ...Object.fromEntries(SPAN_BOUNDS_US.map(us => [withinReading(us), percentWithin(times, us)])),
    },
    checks: [
      { what: 'functions run', expected: total, found: ran },
      { what: 'spans exported', expected: kind === 'sampled' ? total : 0, found: exported },
    ],
  };
}

function percentWithin(times: readonly number[], boundUs: number): number {
  return (100 * times.filter(ns => ns <= boundUs * 1_000).length) / times.length;
}

async function timeCalls(call: () => void, calls: number, between: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let done = 0; done < calls; done++) {
    const startMs = performance.now();
    call();
    times.push((performance.now() - startMs) * 1e6);
    if ((done + 1) % CALLS_AT_ONCE === 0) await between();
  }
  await between();
  return times;
}
