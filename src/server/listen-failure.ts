/** Why listening failed: a system error turned into one that says what to do. */
import { createServer } from 'node:net';
import { AddressInUseError, ListenError } from './errors.js';

const REASON_BY_CODE: Readonly<Record<string, string>> = {
  EACCES: 'no permission; ports below 1024 are for privileged processes, take a higher one',
  EPERM: 'no permission; ports below 1024 are for privileged processes, take a higher one',
  EADDRNOTAVAIL:
    'this machine has no such address; 127.0.0.1 is for local scrapes, 0.0.0.0 for every interface',
  EAFNOSUPPORT: 'this machine does not speak this kind of address (is IPv6 switched off?)',
  ENOTFOUND: 'the host name cannot be resolved; give an address, 127.0.0.1 or 0.0.0.0',
  EAI_AGAIN: 'the host name cannot be resolved at the moment; give an address, 127.0.0.1 or 0.0.0.0',
  EMFILE:
    'the process has no free file descriptor; raise its limit (ulimit -n) or look for a leak of sockets',
};

export function describeListenFailure(host: string, port: number, cause: NodeJS.ErrnoException): Error {
  if (cause.code === 'EADDRINUSE') return new AddressInUseError(host, port);
  const reason = REASON_BY_CODE[cause.code ?? ''];
  const detail = cause.code === undefined ? cause.message : `${cause.code}, ${reason ?? cause.message}`;
  return new ListenError(host, port, detail, cause);
}

/**
 * For a transport that reports a failure without its reason: tries to listen on the same address with node:net, which
 * does report it. Nothing is left listening.
 */
export function findListenFailure(host: string, port: number): Promise<Error> {
  return new Promise(resolve => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(describeListenFailure(host, port, error)));
    // exclusive: a cluster worker would otherwise ask its primary, and learn about another socket than its own.
    probe.listen({ host, port, exclusive: true }, () => {
      const reason = 'it was taken when this server tried, and is free now; try again';
      probe.close(() => resolve(new ListenError(host, port, reason)));
    });
  });
}
