/** Receiver settings: where a signal is sent, and what is sent with it. */
import type { BreakerSettings } from './circuit-breaker.js';
import { parseKeyValueList } from './key-value-list.js';
import type { SettingProblems, Source } from './setting-problems.js';
import { variable } from './setting-problems.js';
import type { Signal } from './signal.js';
import type { BreakerConfig } from './tracing-config.js';

/** The part of a configuration that is about the receiver, and the same for every signal. */
export interface ReceiverConfig {
  readonly endpoint?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly timeoutMs?: number | undefined;
  readonly compression?: 'gzip' | 'none' | undefined;
}

export interface ReceiverSettings {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly compression: 'gzip' | 'none';
}

const DEFAULT_ENDPOINT = 'http://localhost:4318';
const FALLBACK: Source = { name: 'endpoint', value: DEFAULT_ENDPOINT };
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~\w]+$/;
/** What Node.js sends in a header: no line breaks, nothing beyond Latin-1. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
export const TIMEOUT_MS = [1, 600_000] as const;

/** For each setting: the call, the variable for the signal, the one for all signals, the default. Headers go together. */
export function receiverSettingsOf(
  problems: SettingProblems,
  signal: Signal,
  config: ReceiverConfig,
  env: NodeJS.ProcessEnv,
): ReceiverSettings {
  return {
    url: urlOf(problems, signal, config, env),
    headers: headersOf(problems, signal, config, env),
    timeoutMs: problems.integer(
      [{ name: 'timeoutMs', value: config.timeoutMs }, ...exporterVariables(env, signal, 'TIMEOUT')],
      TIMEOUT_MS,
      10_000,
    ),
    compression: problems.oneOf(
      [{ name: 'compression', value: config.compression }, ...exporterVariables(env, signal, 'COMPRESSION')],
      ['gzip', 'none'],
      'none',
    ),
  };
}

/** The variable for the signal, then the one for all signals. */
export function exporterVariables(env: NodeJS.ProcessEnv, signal: Signal, name: string) {
  return [
    variable(env, `OTEL_EXPORTER_OTLP_${signal.variable}_${name}`),
    variable(env, `OTEL_EXPORTER_OTLP_${name}`),
  ] as const;
}

/** The variable for the signal is the URL itself; the others are the base of all signals. */
function urlOf(
  problems: SettingProblems,
  signal: Signal,
  config: ReceiverConfig,
  env: NodeJS.ProcessEnv,
): string {
  const named: Source = { name: 'endpoint', value: config.endpoint };
  const [forSignal, forAll] = exporterVariables(env, signal, 'ENDPOINT');
  if (named.value !== undefined) return ofSignal(problems, parsed(problems, named), signal);
  if (forSignal.value !== undefined) return parsed(problems, forSignal);
  return withPath(parsed(problems, forAll.value === undefined ? FALLBACK : forAll), signal);
}

/** Receivers take OTLP over gRPC there, and break such a connection off. A port is no proof of it. */
const GRPC_PORT = '4317';

function parsed(problems: SettingProblems, source: Source): string {
  const url =
    typeof source.value === 'string' && URL.canParse(source.value) ? new URL(source.value) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) {
    if (url.port === GRPC_PORT) {
      problems.doubt(
        `${source.name} has the port ${GRPC_PORT}, which is that of OTLP over gRPC; what is sent here is OTLP/HTTP, whose port is 4318`,
      );
    }
    return url.href;
  }
  problems.refuse(source, `a URL such as ${DEFAULT_ENDPOINT}`);
  return DEFAULT_ENDPOINT;
}

/** An address that is of another signal is a mistake, and not the base of this one. */
function ofSignal(problems: SettingProblems, href: string, signal: Signal): string {
  const other = /\/v1\/(traces|metrics|logs)\/?$/.exec(new URL(href).pathname)?.[1];
  if (other !== undefined && !signal.path.endsWith(other)) {
    problems.add(
      `endpoint ends in /v1/${other}; give the base that all signals share, or one that ends in /${signal.path}`,
    );
  }
  return withPath(href, signal);
}

function withPath(href: string, { path }: Signal): string {
  const url = new URL(href);
  // A slash at the end is no part of it: receivers know only the path without.
  const given = url.pathname.replace(/\/+$/, '');
  url.pathname = given.endsWith(`/${path}`) ? given : `${given}/${path}`;
  return url.href;
}

/** Problems name headers, never their values: these are secrets. */
function headersOf(
  problems: SettingProblems,
  signal: Signal,
  config: ReceiverConfig,
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  const headers = new Map<string, string>();
  const put = (source: string, name: string, value: unknown): void => {
    if (!HEADER_NAME.test(name) || typeof value !== 'string' || !HEADER_VALUE.test(value)) {
      problems.add(`${source} has a header ${JSON.stringify(name)} that is no valid HTTP header`);
    } else {
      headers.set(name.toLowerCase(), value);
    }
  };
  // Those for the signal come last, and win.
  for (const { name, value } of exporterVariables(env, signal, 'HEADERS').toReversed()) {
    if (typeof value !== 'string') continue;
    const list = parseKeyValueList(value);
    for (const problem of list.problems) problems.add(`${name}: ${problem}`);
    for (const [key, text] of list.entries) put(name, key, text);
  }
  const named: unknown = config.headers;
  if (named !== undefined && (typeof named !== 'object' || named === null || Array.isArray(named))) {
    problems.add('headers must be an object of texts by header name');
  } else {
    for (const [name, value] of Object.entries(named ?? {})) put('headers', name, value);
  }
  return Object.fromEntries(headers);
}

export function breakerOf(problems: SettingProblems, value: unknown): BreakerSettings {
  const { failuresMax, openMs, successesMin } = problems.section<BreakerConfig>('breaker', value, [
    'failuresMax',
    'openMs',
    'successesMin',
  ]);
  return {
    failuresMax: problems.integer([{ name: 'breaker.failuresMax', value: failuresMax }], [1, 1_000], 3),
    openMs: problems.integer([{ name: 'breaker.openMs', value: openMs }], [1, 3_600_000], 30_000),
    successesMin: problems.integer([{ name: 'breaker.successesMin', value: successesMin }], [1, 1_000], 1),
  };
}
