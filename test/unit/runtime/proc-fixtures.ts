/** Files of /proc as Linux writes them, and processes that are made of them. */
import type { ProcessSource } from '../../../src/runtime/process-reading.js';

export const STATUS = [
  'Name:\tnode',
  'State:\tS (sleeping)',
  'Pid:\t42',
  'VmPeak:\t 1049000 kB',
  'VmSize:\t 1048576 kB',
  'VmHWM:\t   57000 kB',
  'VmRSS:\t   56320 kB',
  'VmData:\t  131072 kB',
  'Threads:\t11',
  'voluntary_ctxt_switches:\t7',
  '',
].join('\n');

export const LIMITS = [
  'Limit                     Soft Limit           Hard Limit           Units     ',
  'Max cpu time              unlimited            unlimited            seconds   ',
  'Max open files            1024                 524288               files     ',
  'Max address space         unlimited            unlimited            bytes     ',
  '',
].join('\n');

export const NETSTAT = [
  'TcpExt: SyncookiesSent InOctets',
  'TcpExt: 0 5',
  'IpExt: InNoRoutes InOctets OutOctets InMcastOctets',
  'IpExt: 0 123456789 987654 0',
  '',
].join('\n');

/** A process whose files can be replaced; one that is undefined is not there. */
export class FakeProcess implements ProcessSource {
  platform: NodeJS.Platform = 'linux';
  cpu = { user: 1_500_000, system: 250_000 };
  uptimeSeconds = 100;
  resident = 64;
  entries: number | undefined = 21;
  /** How often something was read. */
  reads = 0;
  readonly files: Record<string, string | undefined> = {
    '/proc/self/status': STATUS,
    '/proc/self/limits': LIMITS,
    '/proc/self/net/netstat': NETSTAT,
  };

  cpuUsage(): NodeJS.CpuUsage {
    this.reads++;
    return { ...this.cpu };
  }

  uptime(): number {
    return this.uptimeSeconds;
  }

  residentBytes(): number {
    return this.resident;
  }

  readFile(path: string): string {
    const text = this.files[path];
    if (text === undefined) throw new Error(`EACCES: ${path}`);
    return text;
  }

  countEntries(path: string): number {
    if (this.entries === undefined) throw new Error(`EACCES: ${path}`);
    return this.entries;
  }
}
