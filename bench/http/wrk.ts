/** wrk, the load generator: a process of its own that keeps a number of connections busy, and what it tells. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface LoadResult {
  readonly requests: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Quantiles of the time from a request to the last byte of its reply, in milliseconds. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Connections lost, replies that were none, and statuses that are errors. */
  readonly errors: number;
}

export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Its own table has no 95th percentile. Times are in microseconds. */
const REPORT_SCRIPT = `
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n{"requests":%d,"bytes":%d,"us":%d,"p50":%d,"p95":%d,"p99":%d,"errors":%d}\\n',
    summary.requests, summary.bytes, summary.duration,
    latency:percentile(50), latency:percentile(95), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
`;

interface Report {
  readonly requests: number;
  readonly bytes: number;
  readonly us: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly errors: number;
}

/** Undefined when wrk can be run. */
export const WRK_ABSENCE: string | undefined =
  spawnSync('wrk', ['--version']).error === undefined
    ? undefined
    : 'wrk is not installed; it is a package of most distributions';

/** One thread of wrk: the second core is the server's. */
const THREADS = 1;
/**
 * Whoever waits for a core goes before wrk, which takes all that is left. A low priority alone does not bring that about:
 * Linux lets whoever runs end its slice, up to the next tick of some milliseconds, unless its policy is to be idle.
 */
const BELOW_NORMAL = constants.priority.PRIORITY_BELOW_NORMAL;
const IDLE_POLICY = spawnSync('chrt', ['--idle', '0', 'true']).status === 0 ? ['chrt', '--idle', '0'] : [];
/** A slow answer is slow, and no error. */
const TIMEOUT_SECONDS = 60;

export async function runWrk({ url, connections, seconds, headers }: Load): Promise<LoadResult> {
  const folder = await mkdtemp(join(tmpdir(), 'wrk-'));
  try {
    const script = join(folder, 'report.lua');
    await writeFile(script, REPORT_SCRIPT);
    const fields = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
    const args = [
      `-t${THREADS}`,
      `-c${connections}`,
      `-d${seconds}s`,
      '--timeout',
      `${TIMEOUT_SECONDS}s`,
      '-s',
      script,
      ...fields,
      url,
    ];
    const [program, ...programArgs] = [...IDLE_POLICY, 'wrk', ...args] as [string, ...string[]];
    const run = promisify(execFile)(program, programArgs);
    setPriority(run.child.pid!, BELOW_NORMAL);
    const { stdout } = await run;
    return resultOf(JSON.parse(stdout.slice(stdout.lastIndexOf('{'))) as Report);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function resultOf({ requests, bytes, us, p50, p95, p99, errors }: Report): LoadResult {
  return {
    requests,
    bytes,
    seconds: us / 1e6,
    p50Ms: p50 / 1e3,
    p95Ms: p95 / 1e3,
    p99Ms: p99 / 1e3,
    errors,
  };
}
