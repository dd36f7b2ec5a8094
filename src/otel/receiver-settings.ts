/** Receiver settings: where spans are sent, and what is sent with them. */
import type { SettingProblems, Source } from './setting-problems.js';
import { variable } from './setting-problems.js';
import { parseKeyValueList } from './key-value-list.js';
import type { TracingConfig } from './tracing-config.js';

const TRACES_PATH = 'v1/traces';
const DEFAULT_ENDPOINT = 'http://localhost:4318';
const FALLBACK: Source = { name: 'endpoint', value: DEFAULT_ENDPOINT };
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~\w]+$/;
/** What Node.js sends in a header: no line breaks, nothing beyond Latin-1. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The URL of the traces. The variable for traces is the URL itself; the others are the base of all signals. */
export function urlOf(problems: SettingProblems, config: TracingConfig, env: NodeJS.ProcessEnv): string {
  const named: Source = { name: 'endpoint', value: config.endpoint };
  const forTraces = variable(env, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  const forAll = variable(env, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  if (named.value !== undefined) return withTracesPath(parsed(problems, named));
  if (forTraces.value !== undefined) return parsed(problems, forTraces);
  return withTracesPath(parsed(problems, forAll.value === undefined ? FALLBACK : forAll));
}

function parsed(problems: SettingProblems, source: Source): string {
  const url =
    typeof source.value === 'string' && URL.canParse(source.value) ? new URL(source.value) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url.href;
  problems.refuse(source, `a URL such as ${DEFAULT_ENDPOINT}`);
  return DEFAULT_ENDPOINT;
}

function withTracesPath(href: string): string {
  const url = new URL(href);
  if (!url.pathname.endsWith(`/${TRACES_PATH}`)) {
    url.pathname = `${url.pathname.replace(/\/$/, '')}/${TRACES_PATH}`;
  }
  return url.href;
}

/** Problems name headers, never their values: these are secrets. */
export function headersOf(
  problems: SettingProblems,
  config: TracingConfig,
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
  for (const name of ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS']) {
    const { value } = variable(env, name);
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
