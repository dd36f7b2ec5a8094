/**
 * The parsers of the official Python client: what they read of a text, or what they refuse. That of OpenMetrics is strict,
 * that of the Prometheus text less so.
 */
import { spawnSync } from 'node:child_process';

export interface ReadExemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestamp: number | null;
}

export interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar: ReadExemplar | null;
}

export interface ReadFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly unit: string;
  readonly samples: readonly ReadSample[];
}

/** Numbers as text: JSON has no NaN and no infinities. */
type Written<T> = T extends number
  ? string
  : T extends readonly (infer E)[]
    ? Written<E>[]
    : T extends Readonly<Record<string, string>>
      ? T
      : T extends object
        ? { readonly [K in keyof T]: Written<T[K]> }
        : T;

const PROGRAM = `
import importlib, json, sys
text_string_to_metric_families = importlib.import_module(sys.argv[1]).text_string_to_metric_families

def number(value):
    return None if value is None else repr(float(value))

def timestamp(value):
    return value and '%d.%09d' % (value.sec, value.nsec) if hasattr(value, 'nsec') else number(value)

def exemplar(e):
    return e and {'labels': e.labels, 'value': number(e.value), 'timestamp': timestamp(e.timestamp)}

def sample(s):
    if s.timestamp is not None:
        raise ValueError('timestamp of ' + s.name)
    return {'name': s.name, 'labels': s.labels, 'value': number(s.value), 'exemplar': exemplar(s.exemplar)}

json.dump([
    {'name': f.name, 'help': f.documentation, 'type': f.type, 'unit': f.unit, 'samples': [sample(s) for s in f.samples]}
    for f in text_string_to_metric_families(sys.stdin.buffer.read().decode('utf-8'))
], sys.stdout)
`;
const OPENMETRICS = 'prometheus_client.openmetrics.parser';
const PROMETHEUS = 'prometheus_client.parser';
const CHECK = `import ${OPENMETRICS}`;
/** By its name, and where the packages of the distribution are installed for. */
const PYTHONS = ['python3', '/usr/bin/python3'];
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

const python = PYTHONS.find(path => spawnSync(path, ['-c', CHECK]).status === 0);

/** For the option of a test. */
export const skip =
  python === undefined
    ? 'the parsers of the Python client are not installed; they come with the package python3-prometheus-client'
    : false;

/** @throws Error with what the parser says when it refuses the text */
export function readOpenMetrics(text: string | Uint8Array): ReadFamily[] {
  return read(OPENMETRICS, text);
}

/** As readOpenMetrics, of the text format 0.0.4. */
export function readPrometheusText(text: string | Uint8Array): ReadFamily[] {
  return read(PROMETHEUS, text);
}

function read(parser: string, text: string | Uint8Array): ReadFamily[] {
  const { error, status, stdout, stderr } = spawnSync(python!, ['-c', PROGRAM, parser], {
    input: text,
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`refused: ${stderr.trim().split('\n').at(-1)}`);
  return (JSON.parse(stdout) as Written<ReadFamily>[]).map(family => ({
    ...family,
    samples: family.samples.map(sample => ({
      ...sample,
      value: numberOf(sample.value),
      exemplar: sample.exemplar && {
        labels: sample.exemplar.labels,
        value: numberOf(sample.exemplar.value),
        timestamp: sample.exemplar.timestamp === null ? null : numberOf(sample.exemplar.timestamp),
      },
    })),
  }));
}

function numberOf(text: string): number {
  const special: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, '-inf': -Infinity };
  return special[text] ?? Number(text);
}
