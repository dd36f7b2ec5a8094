/**
 * The uWebSockets.js package: loading it, and the few parts of it that are used. The only file that names the package,
 * so that everything else works, and type-checks in an application, where it is not installed.
 */
import { isMainThread } from 'node:worker_threads';
import { TransportUnavailableError } from './errors.js';

/** Valid only until the handler returns. */
export interface UwsRequest {
  getMethod(): string;
  /** Without the query. */
  getUrl(): string;
  /** Without its question mark; '' or undefined when there is none. */
  getQuery(): string | undefined;
  getHeader(lowerCaseName: string): string;
}

/** Valid until the reply is complete or `onAborted` was called; every call after that throws. */
export interface UwsResponse {
  onAborted(handler: () => void): unknown;
  onWritable(handler: (offset: number) => boolean): unknown;
  cork(write: () => void): unknown;
  writeStatus(status: string): unknown;
  writeHeader(name: string, value: string): unknown;
  /** Returns [nothing is waiting in user space, the reply is complete]. */
  tryEnd(chunk: Uint8Array, totalBytes: number): [boolean, boolean];
  endWithoutBody(): unknown;
  close(): unknown;
}

export type UwsListenSocket = object;

export interface UwsApp {
  any(pattern: string, handler: (res: UwsResponse, req: UwsRequest) => void): unknown;
  listen(
    host: string,
    port: number,
    options: number,
    done: (socket: UwsListenSocket | false) => void,
  ): unknown;
  close(): unknown;
}

export interface UwsBinding {
  readonly LIBUS_LISTEN_EXCLUSIVE_PORT: number;
  App(): UwsApp;
  us_listen_socket_close(socket: UwsListenSocket): void;
  us_socket_local_port(socket: UwsListenSocket): number;
}

const FUNCTION_NAMES = ['App', 'us_listen_socket_close', 'us_socket_local_port'] as const;

/**
 * Loads the package. Throws TransportUnavailableError in a worker thread, and where the package is missing or has no
 * binary for this Node.js and platform.
 *
 * @param importPackage for tests.
 */
export async function loadUwsBinding(
  importPackage: () => Promise<unknown> = () => import('uWebSockets.js'),
  isWorker = !isMainThread,
): Promise<UwsBinding> {
  // Not even loaded there. Its listening socket is a handle that the loop of a terminated worker cannot close, and
  // Node.js aborts the whole process on such a loop: on terminate(), and on a process.exit() anywhere.
  if (isWorker) throw new TransportUnavailableError(WORKER_REFUSAL);
  let imported: unknown;
  try {
    imported = await importPackage();
  } catch (error) {
    throw new TransportUnavailableError(describeMissingBinding(firstLine(error)), error);
  }
  const binding = [imported, (imported as { default?: unknown } | null)?.default].find(isUwsBinding);
  if (binding === undefined) {
    const problem = `it lacks ${FUNCTION_NAMES.join(', ')} or LIBUS_LISTEN_EXCLUSIVE_PORT`;
    throw new TransportUnavailableError(describeMissingBinding(problem));
  }
  return binding;
}

const WORKER_REFUSAL =
  "transport 'uws' is refused in a worker thread: when a worker that listens with uWebSockets.js is terminated, or the " +
  "process exits, the whole process aborts. Use transport: 'node' or 'auto' here, or serve from the main thread";

function describeMissingBinding(problem: string): string {
  const { platform, arch, version } = process;
  return (
    `uWebSockets.js cannot be used on Node.js ${version}, ${platform} ${arch}: ${problem}. Install a release with a ` +
    'binary for this version ("uWebSockets.js": "npm:uws-pack@20.0.8" has those for Node.js 20 and 22 on glibc Linux, ' +
    'macOS and Windows; newer Node.js versions are served by the GitHub releases of uNetworking/uWebSockets.js), or ' +
    "use transport: 'auto' or 'node'"
  );
}

function isUwsBinding(candidate: unknown): candidate is UwsBinding {
  if (typeof candidate !== 'object' || candidate === null) return false;
  const binding = candidate as Record<string, unknown>;
  const hasFunctions = FUNCTION_NAMES.every(name => typeof binding[name] === 'function');
  return hasFunctions && typeof binding.LIBUS_LISTEN_EXCLUSIVE_PORT === 'number';
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];
}
