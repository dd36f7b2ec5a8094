/** Machine: what a reader must know about where a result comes from. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { createRequire } from 'node:module';

export interface Machine {
  readonly node: string;
  readonly v8: string;
  readonly os: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Frequency governor; undefined where the system does not tell, as in most virtual machines. */
  readonly governor: string | undefined;
  /** Of the last minute, when the area started. Above about 0.3 the machine had other work. */
  readonly loadAverage: number;
  /** Smallest step of the clock that micro benches read, once for each 4,096 calls. */
  readonly clockStepNs: number;
  readonly peers: Readonly<Record<string, string>>;
}

const GOVERNOR_FILE = '/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor';
const PEERS = ['prom-client', '@prometheus-io/client', '@opentelemetry/sdk-metrics', 'mitata'];

export function describeMachine(): Machine {
  return {
    node: process.version,
    v8: process.versions.v8,
    os: `${process.platform} ${process.arch} ${release()}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    governor: governor(),
    loadAverage: loadavg()[0],
    clockStepNs: clockStepNs(),
    peers: Object.fromEntries(PEERS.map(peer => [peer, installedVersion(peer)])),
  };
}

/** The commit that is measured, with `+changes` when files differ from it; undefined outside of a repository. */
export function currentCommit(): string | undefined {
  const commit = git('rev-parse', '--short=12', 'HEAD');
  if (commit === undefined) return undefined;
  // Results are written by the bench itself, so they do not make a difference to what it measures.
  const changes = git('status', '--porcelain', '--', ':/src', ':/bench', ':(top,exclude)bench/results');
  return changes === '' ? commit : `${commit}+changes`;
}

function git(...args: string[]): string | undefined {
  try {
    return execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return undefined;
  }
}

function governor(): string | undefined {
  try {
    return readFileSync(GOVERNOR_FILE, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function clockStepNs(): number {
  let stepMs = Infinity;
  for (let i = 0; i < 10_000; i++) {
    const before = performance.now();
    const after = performance.now();
    if (after > before) stepMs = Math.min(stepMs, after - before);
  }
  return Math.round(stepMs * 1e6);
}

function installedVersion(name: string): string {
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return (JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')) as { version: string })
        .version;
    } catch {
      // Not in this folder; the next one up may have it.
    }
  }
  return 'not installed';
}
