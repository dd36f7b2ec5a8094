/** Load timing: wrk and a health probe against a server in a process of its own. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { CaseReport } from '../harness/bench-case.js';
import { PeerUnavailableError } from '../harness/bench-case.js';
import type { Preset } from '../harness/preset.js';
import { quantile } from '../harness/statistics.js';
import { checksOfText } from '../scrape/family-plan.js';
import { HTTP_FAMILIES } from '../scrape/http-plan.js';
import type { ServerMessage } from '../scrape/http-plan.js';
import { HealthProbe } from './health-probe.js';
import type { LoadPlan } from './load-plan.js';
import { runWrk, WRK_ABSENCE } from './wrk.js';

export const CONNECTIONS = 32;
/** Long enough for the compilers, in both. */
const WARMUP_SECONDS = 1;

export async function timeLoad(plan: LoadPlan, preset: Preset): Promise<CaseReport> {
  if (WRK_ABSENCE !== undefined) throw new PeerUnavailableError(WRK_ABSENCE);
  const server = fork(join(import.meta.dirname, 'server-process.js'), [JSON.stringify(plan)], {
    execArgv: [],
  });
  const { port } = (await nextMessage(server)) as { port: number };
  const load = {
    url: `http://127.0.0.1:${port}/metrics`,
    connections: CONNECTIONS,
    headers: plan.isCompressed ? { 'Accept-Encoding': 'gzip' } : {},
  };
  await runWrk({ ...load, seconds: WARMUP_SECONDS });
  const probe = await HealthProbe.start(port);
  const result = await runWrk({ ...load, seconds: preset.loadSeconds });
  probe.stop();
  server.send('stop');
  const { recorded } = (await nextMessage(server)) as { recorded: number };
  const text = await (await fetch(load.url)).text();
  server.disconnect();
  await once(server, 'exit');
  return {
    readings: {
      requestsPerSecond: result.requests / result.seconds,
      megabytesPerSecond: result.bytes / result.seconds / 1e6,
      msMedian: result.p50Ms,
      msP95: result.p95Ms,
      msP99: result.p99Ms,
      healthMsMedian: quantile(probe.times, 0.5),
      healthMsP95: quantile(probe.times, 0.95),
      healthMsP99: quantile(probe.times, 0.99),
    },
    checks: [
      { what: 'failed scrapes', expected: 0, found: result.errors },
      { what: 'failed probes', expected: 0, found: probe.failures },
      ...checksOfText(HTTP_FAMILIES, text, plan.server === 'threadtally' ? 1 : 2, recorded),
    ],
  };
}

async function nextMessage(server: ChildProcess): Promise<ServerMessage> {
  const exit = once(server, 'exit').then(([code]) => {
    throw new Error(`the server ended with ${code} before it answered`);
  });
  const [message] = (await Promise.race([once(server, 'message'), exit])) as [ServerMessage];
  exit.catch(() => {});
  return message;
}
