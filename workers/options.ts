/**
 * Command line of the main job.
 *
 * Promises  Every wrong option is reported at once, each with its value, its limit and what to do. Nothing has been
 *           started by then.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { nearestName } from '../src/primitives/option-names.js';
import type { GeneratorOptions } from './ingest/generator.js';
import type { TelemetryOptions } from './telemetry.js';
import { PARTITION_COUNT } from './pipeline/partition-of.js';

export interface JobOptions {
  /** Path, or `-` for standard input; undefined for the generator. */
  readonly input: string | undefined;
  /** Path for the closed windows; undefined where nobody asked for them. */
  readonly output: string | undefined;
  readonly workerCount: number;
  /** Seconds of event time per second of the clock; Infinity for as fast as the workers go. */
  readonly speed: number;
  readonly exitWhenDone: boolean;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly generator: GeneratorOptions;
  /** Undefined where nothing is sent. */
  readonly telemetry?: TelemetryOptions;
}

export type ParsedOptions =
  | { readonly kind: 'run'; readonly options: JobOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problems: readonly string[] };

/** Cores, but at least 2, so that the merge over threads is always at work; more than one per partition is idle. */
export const DEFAULT_WORKER_COUNT = Math.min(PARTITION_COUNT, Math.max(2, availableParallelism()));

/** A batch of the job has no more events. */
const EVENT_SPANS_MAX = 256;
const DEFAULT_EVENT_SPANS = 1;

export const HELP = `Usage: npm start -- [options]

Processes a stream of language model calls in worker threads and serves its metrics.

Input
  --input FILE      CSV with the columns TIMESTAMP,ContextTokens,GeneratedTokens, or JSON lines
                    (members: timestamp, context_tokens, generated_tokens; id, model, event_type
                    are optional; a numeric timestamp is Unix time in milliseconds);
                    "-" reads standard input. Without it a seeded generator runs.
  --speed SPEED     max, or seconds of event time per second: 1 is real time, 60 an hour per minute
                    (default: max for a file, 1 for the generator)
  --exit-when-done  end after the last event; otherwise the metrics are served until Ctrl-C
Generator
  --rate N          mean events per second of event time, up to 1000000 (default: 100)
  --seed N          0..4294967295; the same seed gives the same events (default: 1)
  --events N        end after N events (default: no end)
  --disorder SHARE  0..0.5, share of events delayed and, separately, delivered twice (default: 0.01)
Processing
  --workers N       1..${PARTITION_COUNT} worker threads (default: the cores, at least 2; here ${DEFAULT_WORKER_COUNT})
  --output FILE     write each closed window as a JSON line
Server
  --host HOST       address to listen on (default: 127.0.0.1)
  --port N          0..65535, 0 for any free port (default: 9464)
OpenTelemetry
  --otlp URL        send spans and metrics of all threads to this OTLP/HTTP receiver,
                    http://localhost:4318 for instance; the variables OTEL_... are read for what is
                    not given here
  --otlp-protocol P json or protobuf (default: json for spans, protobuf for metrics)
  --trace-ratio N   0..1, share of the batches that are traced (default: 1)
  --trace-events N  0..${EVENT_SPANS_MAX} events with spans of their own in a traced batch (default: ${DEFAULT_EVENT_SPANS})
  --help            this text
`;

const VALUE_OPTIONS = [
  'input',
  'output',
  'speed',
  'rate',
  'seed',
  'events',
  'disorder',
  'workers',
  'host',
  'port',
  'otlp',
  'otlp-protocol',
  'trace-ratio',
  'trace-events',
] as const;
const FLAG_OPTIONS = ['exit-when-done', 'help'] as const;
/** Meaningless for a file; accepting them in silence would hide a misunderstanding. */
const GENERATOR_OPTIONS = ['rate', 'seed', 'events', 'disorder'] as const;

/** Likewise without a receiver. */
const TELEMETRY_OPTIONS = ['otlp-protocol', 'trace-ratio', 'trace-events'] as const;
const PROTOCOLS = { json: 'http/json', protobuf: 'http/protobuf' } as const;

type ValueOption = (typeof VALUE_OPTIONS)[number];
type FlagOption = (typeof FLAG_OPTIONS)[number];

interface RawOptions {
  readonly values: Map<ValueOption, string>;
  readonly flags: Set<FlagOption>;
  readonly problems: string[];
}

export function parseOptions(args: readonly string[]): ParsedOptions {
  const raw = readTokens(args);
  if (raw.flags.has('help')) return { kind: 'help' };
  const options = readOptions(raw);
  return raw.problems.length > 0 ? { kind: 'wrong', problems: raw.problems } : { kind: 'run', options };
}

/** Not parseArgs' strict mode: it throws at the first problem. */
function readTokens(args: readonly string[]): RawOptions {
  const raw: RawOptions = { values: new Map(), flags: new Set(), problems: [] };
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries([
      ...VALUE_OPTIONS.map(name => [name, { type: 'string' as const }]),
      ...FLAG_OPTIONS.map(name => [name, { type: 'boolean' as const }]),
      ['help', { type: 'boolean' as const, short: 'h' }],
    ]),
  });
  for (const token of tokens) {
    if (token.kind === 'positional') {
      raw.problems.push(
        `unexpected argument ${JSON.stringify(token.value)}; a file is given with --input FILE`,
      );
    } else if (token.kind === 'option') {
      readOption(token, raw);
    }
  }
  return raw;
}

function readOption(
  token: { name: string; rawName: string; value: string | undefined; inlineValue: boolean | undefined },
  raw: RawOptions,
): void {
  if (isOneOf(FLAG_OPTIONS, token.name)) {
    if (token.value !== undefined) raw.problems.push(`--${token.name} takes no value, got ${token.value}`);
    raw.flags.add(token.name);
  } else if (!isOneOf(VALUE_OPTIONS, token.name)) {
    const meant = nearestName(token.name, [...VALUE_OPTIONS, ...FLAG_OPTIONS]);
    const hint = meant === undefined ? '' : `; did you mean --${meant}?`;
    raw.problems.push(`unknown option ${token.rawName}${hint || ';'} --help lists the options`);
  } else if (token.value === undefined || token.value === '' || token.value.startsWith('--')) {
    raw.problems.push(`--${token.name} needs a value, got ${token.value || 'none'}`);
  } else if (raw.values.has(token.name)) {
    raw.problems.push(
      `--${token.name} is given twice, ${raw.values.get(token.name)} and ${token.value}; keep one`,
    );
  } else {
    raw.values.set(token.name, token.value);
  }
}

function readOptions(raw: RawOptions): JobOptions {
  const input = raw.values.get('input');
  for (const name of GENERATOR_OPTIONS) {
    if (input !== undefined && raw.values.has(name)) {
      raw.problems.push(`--${name} is for the generator and has no effect with --input; remove one of them`);
    }
  }
  const telemetry = readTelemetry(raw);
  return {
    ...(telemetry !== undefined && { telemetry }),
    input,
    output: raw.values.get('output'),
    workerCount: readInteger(raw, 'workers', {
      min: 1,
      max: PARTITION_COUNT,
      otherwise: DEFAULT_WORKER_COUNT,
    }),
    speed: readSpeed(raw, input === undefined ? 1 : Infinity),
    exitWhenDone: raw.flags.has('exit-when-done'),
    host: raw.values.get('host') ?? '127.0.0.1',
    port: readInteger(raw, 'port', { min: 0, max: 65_535, otherwise: 9464 }),
    generator: {
      seed: readInteger(raw, 'seed', { min: 0, max: 2 ** 32 - 1, otherwise: 1 }),
      ratePerSecond: readNumber(raw, 'rate', { min: 0.001, max: 1_000_000, otherwise: 100 }),
      disorder: readNumber(raw, 'disorder', { min: 0, max: 0.5, otherwise: 0.01 }),
      eventsMax: readInteger(raw, 'events', { min: 1, max: Number.MAX_SAFE_INTEGER, otherwise: Infinity }),
    },
  };
}

function readTelemetry(raw: RawOptions): TelemetryOptions | undefined {
  const url = raw.values.get('otlp');
  if (url === undefined) {
    for (const name of TELEMETRY_OPTIONS) {
      if (raw.values.has(name)) raw.problems.push(`--${name} has no effect without --otlp; give it too`);
    }
    return undefined;
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    raw.problems.push(`--otlp is ${url}; give the URL of a receiver, such as http://localhost:4318`);
  }
  const protocol = raw.values.get('otlp-protocol');
  if (protocol !== undefined && !Object.hasOwn(PROTOCOLS, protocol)) {
    raw.problems.push(`--otlp-protocol is ${protocol}; give json or protobuf`);
  }
  const hasRatio = raw.values.has('trace-ratio');
  const ratio = readNumber(raw, 'trace-ratio', { min: 0, max: 1, otherwise: 1 });
  return {
    url,
    protocol: PROTOCOLS[protocol as keyof typeof PROTOCOLS],
    ratio: hasRatio ? ratio : undefined,
    eventSpansMax: readInteger(raw, 'trace-events', {
      min: 0,
      max: EVENT_SPANS_MAX,
      otherwise: DEFAULT_EVENT_SPANS,
    }),
  };
}

function readSpeed(raw: RawOptions, otherwise: number): number {
  if (raw.values.get('speed') === 'max') return Infinity;
  return readNumber(raw, 'speed', { min: 0.001, max: 1_000_000, otherwise, orWord: 'max' });
}

interface NumberLimits {
  readonly min: number;
  readonly max: number;
  readonly otherwise: number;
  /** A word that is accepted too, for the message. */
  readonly orWord?: string;
}

function readInteger(raw: RawOptions, name: ValueOption, limits: NumberLimits): number {
  return readMatching(raw, name, limits, { form: /^\d+$/, called: 'a whole number' });
}

function readNumber(raw: RawOptions, name: ValueOption, limits: NumberLimits): number {
  return readMatching(raw, name, limits, { form: /^\d+(\.\d+)?$/, called: 'a number' });
}

function readMatching(
  raw: RawOptions,
  name: ValueOption,
  { min, max, otherwise, orWord }: NumberLimits,
  { form, called }: { form: RegExp; called: string },
): number {
  const text = raw.values.get(name);
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (form.test(text) && value >= min && value <= max) return value;
  const word = orWord === undefined ? '' : `${orWord} or `;
  raw.problems.push(`--${name} is ${text}; give ${word}${called} from ${min} to ${max}`);
  return otherwise;
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}
