/** Process reading: what the operating system says of this process, the same in whichever thread it is read. */
import { builtinModule } from './builtin-modules.js';
import type { ProcLimits } from './proc-files.js';
import { parseLimits, parseNetwork, parseStatus } from './proc-files.js';

/** What is undefined the platform does not say. */
export interface ProcessReading {
  readonly cpuUserSeconds: number;
  readonly cpuSystemSeconds: number;
  readonly startedSeconds: number;
  readonly residentBytes: number | undefined;
  readonly virtualBytes: number | undefined;
  readonly virtualMaxBytes: number | undefined;
  readonly dataBytes: number | undefined;
  readonly openFds: number | undefined;
  readonly maxFds: number | undefined;
  readonly threads: number | undefined;
  readonly networkReceivedBytes: number | undefined;
  readonly networkSentBytes: number | undefined;
}

/** Where a process finds what it is asked for. Tests have others. */
export interface ProcessSource {
  readonly platform: NodeJS.Platform;
  cpuUsage(): NodeJS.CpuUsage;
  uptime(): number;
  residentBytes(): number;
  /** @throws Error when there is no such file, or it must not be read */
  readFile(path: string): string;
  /** Number of entries of a folder. @throws as readFile */
  countEntries(path: string): number;
}

const MICROSECONDS = 1e6;

export function thisProcess(): ProcessSource {
  const fs = builtinModule('node:fs');
  return {
    platform: process.platform,
    cpuUsage: () => process.cpuUsage(),
    uptime: () => process.uptime(),
    residentBytes: () => process.memoryUsage.rss(),
    readFile: path => fs.readFileSync(path, 'latin1'),
    countEntries: path => fs.readdirSync(path).length,
  };
}

export class ProcessReader {
  private limits: ProcLimits | undefined;

  constructor(private readonly source: ProcessSource) {}

  /** Waits for nothing: files of /proc are made from the memory of the kernel. */
  read(): ProcessReading {
    const { source } = this;
    const { user, system } = source.cpuUsage();
    const status = parseStatus(this.fileOf('status'));
    const network = parseNetwork(this.fileOf('net/netstat'));
    // A limit can be changed from outside, but only Linux' own tools do so.
    this.limits ??= parseLimits(this.fileOf('limits'));
    return {
      cpuUserSeconds: user / MICROSECONDS,
      cpuSystemSeconds: system / MICROSECONDS,
      startedSeconds: Math.round(Date.now() / 1_000 - source.uptime()),
      residentBytes: status.residentBytes ?? attempt(() => source.residentBytes()),
      virtualBytes: status.virtualBytes,
      virtualMaxBytes: this.limits.addressSpaceBytes,
      dataBytes: status.dataBytes,
      openFds: this.openFds(),
      maxFds: this.limits.openFiles,
      threads: status.threads,
      networkReceivedBytes: network.receivedBytes,
      networkSentBytes: network.sentBytes,
    };
  }

  /** Empty where there is no such file. */
  private fileOf(name: string): string {
    if (this.source.platform !== 'linux') return '';
    return attempt(() => this.source.readFile(`/proc/self/${name}`)) ?? '';
  }

  private openFds(): number | undefined {
    if (this.source.platform !== 'linux') return undefined;
    // One of them is the folder, which is open only while it is read.
    return attempt(() => this.source.countEntries('/proc/self/fd') - 1);
  }
}

/** Sandboxes forbid some of the files, and some systems have no resident memory to tell: then there is no value. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
