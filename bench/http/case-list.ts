/** Load cases: one server, one kind of scrape. */
import type { BenchCase, CaseReport } from '../harness/bench-case.js';
import type { Preset } from '../harness/preset.js';
import type { LoadPlan } from './load-plan.js';
import { CONNECTIONS, timeLoad } from './load-timing.js';

export interface LoadCase extends BenchCase {
  measure(preset: Preset): Promise<CaseReport>;
}

type Kind = Pick<LoadPlan, 'isCompressed' | 'isChanging'>;
type Server = Pick<LoadPlan, 'server' | 'transport'>;

const KINDS: readonly Kind[] = [
  { isCompressed: false, isChanging: false },
  { isCompressed: false, isChanging: true },
  { isCompressed: true, isChanging: false },
  { isCompressed: true, isChanging: true },
];

const SERVERS: readonly Server[] = [
  { server: 'threadtally', transport: 'uws' },
  { server: 'threadtally', transport: 'node' },
  { server: 'prom-client', transport: 'node' },
];

export const LOAD_CASES: readonly LoadCase[] = KINDS.flatMap(kind =>
  SERVERS.map(server => loadCase({ ...kind, ...server })),
);

function loadCase(plan: LoadPlan): LoadCase {
  const { server, transport, isCompressed, isChanging } = plan;
  const isOwn = server === 'threadtally';
  const key = `${isCompressed ? 'gzip' : 'plain'}-${isChanging ? 'changing' : 'quiet'}`;
  return {
    id: `${key}/${isOwn ? `threadtally-${transport}` : server}`,
    operation:
      `10,000 counters, ${CONNECTIONS} connections, ${isCompressed ? 'gzip' : 'uncompressed'}, ` +
      `values ${isChanging ? 'change all the time' : 'do not change'}`,
    implementation: isOwn ? `threadtally, ${transport}` : 'prom-client, node:http',
    call: isOwn ? `serveMetrics(registry, { transport: '${transport}' })` : 'createServer(... metrics())',
    // The quick preset proves that both servers are measured as they should be, by one kind of scrape.
    isVariant: isCompressed || isChanging,
    measure: preset => timeLoad(plan, preset),
  };
}
