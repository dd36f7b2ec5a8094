/**
 * Proc files: what Linux says of a process in the files of /proc (proc(5)), as numbers.
 *
 * A value that a file does not have, as on older kernels or in a sandbox, is undefined and no error.
 */

/** Of /proc/self/status. */
export interface ProcStatus {
  readonly residentBytes: number | undefined;
  readonly virtualBytes: number | undefined;
  readonly dataBytes: number | undefined;
  readonly threads: number | undefined;
}

/** Of /proc/self/limits, the soft ones; Infinity is no limit. */
export interface ProcLimits {
  readonly openFiles: number | undefined;
  readonly addressSpaceBytes: number | undefined;
}

/** Of /proc/self/net/netstat, since the network namespace was made. */
export interface ProcNetwork {
  readonly receivedBytes: number | undefined;
  readonly sentBytes: number | undefined;
}

const BYTES_PER_KB = 1024;

/** Lines of a name, a colon, spaces and a number, which has the unit kB where it is a size. */
export function parseStatus(text: string): ProcStatus {
  const sizeOf = (name: string): number | undefined => {
    const kilobytes = firstNumber(text, new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm'));
    return kilobytes === undefined ? undefined : kilobytes * BYTES_PER_KB;
  };
  return {
    residentBytes: sizeOf('VmRSS'),
    virtualBytes: sizeOf('VmSize'),
    dataBytes: sizeOf('VmData'),
    threads: firstNumber(text, /^Threads:\s+(\d+)$/m),
  };
}

/** Lines of a name, a soft limit and a hard limit, with two spaces or more between them. */
export function parseLimits(text: string): ProcLimits {
  const limitOf = (name: string): number | undefined => {
    const limit = new RegExp(`^${name} {2,}(\\d+|unlimited)\\b`, 'm').exec(text)?.[1];
    if (limit === undefined) return undefined;
    return limit === 'unlimited' ? Infinity : Number(limit);
  };
  return { openFiles: limitOf('Max open files'), addressSpaceBytes: limitOf('Max address space') };
}

/** Two lines with the same beginning for each group of values: one of names, one of numbers. */
export function parseNetwork(text: string): ProcNetwork {
  const [names = [], numbers = []] = text
    .split('\n')
    .filter(line => line.startsWith('IpExt: '))
    .map(line => line.split(' '));
  const valueOf = (name: string): number | undefined => {
    const number = numbers[names.indexOf(name)];
    return number !== undefined && /^\d+$/.test(number) ? Number(number) : undefined;
  };
  return { receivedBytes: valueOf('InOctets'), sentBytes: valueOf('OutOctets') };
}

function firstNumber(text: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}
