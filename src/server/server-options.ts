/** Options of serveMetrics and metricsHandler: defaults, ranges, and one error that names everything that is wrong. */
import { ConfigurationError } from '../errors.js';
import { unknownNameProblems } from '../primitives/option-names.js';
import { HEALTH_PATH, READY_PATH } from './endpoints.js';
import type { TransportName } from './transport.js';

export interface HandlerOptions {
  /** After so long a scrape is given up and answered with 503. 1..600_000, default 30_000. */
  renderTimeoutMs?: number;
  /**
   * Compresses bodies for clients that ask for it: with gzip, and with zstd where Node.js has it. Default true. false for
   * a server behind a proxy that compresses by itself, or for scrapers on the same machine.
   */
  compression?: boolean;
}

export interface ServerOptions extends HandlerOptions {
  /** Address or host name to listen on. Default 127.0.0.1: metrics are not for strangers. */
  host?: string;
  /** 0..65_535, 0 for any free one. Default 9464. */
  port?: number;
  /** Where the metrics are. Default /metrics. */
  path?: string;
  /**
   * 'uws' is uWebSockets.js, 'node' is node:http. Default 'auto': uWebSockets.js in the main thread where it is
   * installed with a binary for this Node.js and platform, otherwise node:http.
   */
  transport?: 'auto' | TransportName;
  /** Asked at each `/ready`. Default: ready as long as the server does not drain. */
  isReady?: () => boolean;
  /** How long close() lets replies in flight go on. 0..600_000, default 5_000. */
  closeTimeoutMs?: number;
}

const DEFAULTS: Required<ServerOptions> = {
  host: '127.0.0.1',
  port: 9464,
  path: '/metrics',
  transport: 'auto',
  isReady: () => true,
  closeTimeoutMs: 5_000,
  renderTimeoutMs: 30_000,
  compression: true,
};

const PORT_MAX = 65_535;
const TIMEOUT_MS_MAX = 600_000;
const TRANSPORTS: readonly unknown[] = ['auto', 'uws', 'node'];
const RESERVED_PATHS = [HEALTH_PATH, READY_PATH];

/** Names the problem of a value, or returns undefined. */
type Check = (value: unknown) => string | undefined;

const HANDLER_CHECKS: Readonly<Record<keyof HandlerOptions, Check>> = {
  renderTimeoutMs: checkInteger(1, TIMEOUT_MS_MAX),
  compression: value => (typeof value === 'boolean' ? undefined : 'must be true or false'),
};

const SERVER_CHECKS: Readonly<Record<keyof ServerOptions, Check>> = {
  host: checkHost,
  port: checkInteger(0, PORT_MAX),
  path: checkPath,
  transport: value => (TRANSPORTS.includes(value) ? undefined : "must be 'auto', 'uws' or 'node'"),
  isReady: value => (typeof value === 'function' ? undefined : 'must be a function that returns a boolean'),
  closeTimeoutMs: checkInteger(0, TIMEOUT_MS_MAX),
  ...HANDLER_CHECKS,
};

/** Throws ConfigurationError with every problem of the source and of the options. */
export function resolveServerOptions(source: unknown, options: ServerOptions): Required<ServerOptions> {
  refuseProblems('serveMetrics', source, options, SERVER_CHECKS);
  return { ...DEFAULTS, ...withoutUndefined(options) };
}

/** Throws ConfigurationError with every problem of the source and of the options. */
export function resolveHandlerOptions(source: unknown, options: HandlerOptions): Required<HandlerOptions> {
  refuseProblems('metricsHandler', source, options, HANDLER_CHECKS);
  const { renderTimeoutMs = DEFAULTS.renderTimeoutMs, compression = DEFAULTS.compression } = options;
  return { renderTimeoutMs, compression };
}

function refuseProblems(
  subject: string,
  source: unknown,
  options: object,
  checks: Readonly<Record<string, Check>>,
): void {
  const problems: string[] = [];
  if (typeof (source as { render?: unknown } | null | undefined)?.render !== 'function') {
    problems.push('the first argument has no render() method; pass a registry');
  }
  const isObject = typeof options === 'object' && options !== null;
  if (!isObject) {
    problems.push(`options is ${describeValue(options)}; it must be an object, such as { port: 9464 }`);
  }
  const given = isObject ? options : {};
  problems.push(...unknownNameProblems(given, Object.keys(checks), subject));
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || !Object.hasOwn(checks, name)) continue;
    const problem = checks[name](value);
    if (problem !== undefined) problems.push(`${name} ${describeValue(value)} ${problem}`);
  }
  if (problems.length > 0) throw new ConfigurationError(subject, problems);
}

function checkInteger(min: number, max: number): Check {
  return value =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      ? undefined
      : `must be an integer in ${min}..${max}`;
}

function checkHost(value: unknown): string | undefined {
  // Brackets and schemes belong to URLs; a resolver would report them as a name that it does not know.
  if (typeof value === 'string' && /^[^\s/[\]]+$/.test(value)) return undefined;
  return 'must be an address or a host name without scheme, port or brackets, such as 127.0.0.1, ::1 or localhost';
}

function checkPath(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^\/[\w\-.~!$&'()*+,;=:@%/]*$/.test(value)) {
    return "must start with '/' and be a URL path without query, fragment or spaces";
  }
  return RESERVED_PATHS.includes(value)
    ? 'is an endpoint of the server itself; choose another path'
    : undefined;
}

function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[array]' : '[object]';
  return typeof value === 'function' ? '[function]' : String(value);
}

/** `{ port: undefined }` means the default, as a missing key does. */
function withoutUndefined(options: ServerOptions): ServerOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
