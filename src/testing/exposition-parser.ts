/**
 * Exposition parser: reads what the text formats 0.0.4 and 1.0.0 say, strictly; anything else is an error with its line.
 * They differ in names that stand in quotes, which 1.0.0 has.
 *
 * Written from prometheus.io/docs/instrumenting/exposition_formats, not from the renderer, so that each checks the other.
 */
import { MetricsError } from '../errors.js';
import { LineCursor } from './line-cursor.js';
import { numberOf } from './number-text.js';

export type ExpositionType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';

export interface ExpositionSample {
  /** With its suffix, as `duration_seconds_bucket`. */
  readonly name: string;
  /** As text, `le` and `quantile` too. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** In ms since 1970; only when the line has one. */
  readonly timestampMs?: number;
}

export interface ExpositionFamily {
  readonly name: string;
  /** Undefined without a HELP line. */
  readonly help: string | undefined;
  /** `untyped` without a TYPE line. */
  readonly type: ExpositionType;
  readonly samples: readonly ExpositionSample[];
}

/** A text is no exposition. */
export class ExpositionSyntaxError extends MetricsError {
  /** `line` counts from 1. */
  constructor(
    readonly line: number,
    problem: string,
  ) {
    super('ERR_EXPOSITION_SYNTAX', `line ${line}: ${problem}`);
  }
}

interface GrowingFamily {
  name: string;
  help: string | undefined;
  type: ExpositionType | undefined;
  samples: ExpositionSample[];
}

const META = /^#[ \t]*(HELP|TYPE)(?:[ \t]|$)/;
const TYPES: readonly string[] = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];
/** What the samples of a type have behind the name of their family. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

/**
 * The families of an exposition, in order.
 *
 * Beyond the grammar, an error is what a server would reject or read otherwise than it is meant: a name or a sample that is
 * there twice, lines of a family that do not stand together, HELP or TYPE behind samples, a bucket without `le`.
 *
 * @throws ExpositionSyntaxError naming the line
 */
export function parseExposition(text: string): ExpositionFamily[] {
  return new Parser().parse(text);
}

class Parser {
  private readonly families = new Map<string, GrowingFamily>();
  private readonly seen = new Set<string>();
  private current: GrowingFamily | undefined;
  private line = 0;

  parse(text: string): ExpositionFamily[] {
    const lines = text.split('\n');
    for (const content of lines) {
      this.line++;
      // Only between lines and tokens: a help text keeps the blanks at its end.
      const line = content.replace(/^[ \t]+/, '');
      if (line === '') continue;
      if (this.line === lines.length) this.fail('it does not end with a line feed');
      if (line.startsWith('#')) this.comment(line);
      else this.sample(line);
    }
    return [...this.families.values()].map(({ name, help, type = 'untyped', samples }) => ({
      name,
      help,
      type,
      samples,
    }));
  }

  private comment(line: string): void {
    const [start, what] = META.exec(line) ?? [];
    if (start === undefined) return;
    const content = line.slice(start.length);
    const [first = ''] = content.trim().split(/[ \t]/, 1);
    const cursor = new LineCursor(content, () => this.fail(`${first} is no metric name: ${line}`));
    if (first === '') this.fail(`neither HELP nor TYPE of a family: ${line}`);
    const name = cursor.familyName();
    const text = cursor.tail();
    if (what === 'HELP') this.help(name, text);
    else if (text === '') this.fail(`neither HELP nor TYPE of a family: ${line}`);
    else this.type(name, text.trim());
  }

  private help(name: string, text: string): void {
    const family = this.head(name, 'HELP');
    if (family.help !== undefined) this.fail(`a second HELP of ${name}`);
    if (/\\(?:[^\\n]|$)/.test(text.replaceAll('\\\\', '')))
      this.fail(`an escape other than \\\\ and \\n in the HELP of ${name}`);
    family.help = text.replace(/\\[\\n]/g, escape => (escape === '\\n' ? '\n' : '\\'));
  }

  private type(name: string, type: string): void {
    const family = this.head(name, 'TYPE');
    if (family.type !== undefined) this.fail(`a second TYPE of ${name}`);
    if (!TYPES.includes(type)) this.fail(`type ${type} of ${name} is none of ${TYPES.join(', ')}`);
    family.type = type as ExpositionType;
  }

  private head(name: string, what: string): GrowingFamily {
    const family = this.open(name);
    if (family.samples.length > 0) this.fail(`${what} of ${name} behind its samples`);
    return family;
  }

  private sample(line: string): void {
    const cursor = new LineCursor(line, problem => this.fail(problem));
    const { name, labels } = cursor.series();
    const value = cursor.value();
    const timestampMs = cursor.timestampMs();
    const family = this.open(this.familyOf(name));
    this.checkPart(family, name, labels);
    const key = sampleKey(name, labels);
    if (this.seen.has(key)) this.fail(`${name} is there twice with the same labels: ${line}`);
    this.seen.add(key);
    family.samples.push({ name, labels, value, ...(timestampMs === undefined ? {} : { timestampMs }) });
  }

  /** The family that a sample belongs to: that of its name, or the histogram or summary that it is a part of. */
  private familyOf(name: string): string {
    if (this.families.has(name)) return name;
    for (const suffix of ['_bucket', '_sum', '_count']) {
      if (!name.endsWith(suffix)) continue;
      const family = this.families.get(name.slice(0, -suffix.length));
      if (SUFFIXES[family?.type ?? '']?.includes(suffix) === true) return family!.name;
    }
    return name;
  }

  private checkPart(family: GrowingFamily, name: string, labels: Readonly<Record<string, string>>): void {
    const suffix = name.slice(family.name.length);
    const suffixes = SUFFIXES[family.type ?? ''];
    if (suffixes !== undefined && !suffixes.includes(suffix))
      this.fail(`${name} is no sample of the ${family.type} ${family.name}`);
    const part = partLabelOf(family.type, suffix);
    if (part !== undefined && numberOf(labels[part] ?? '') === undefined)
      this.fail(`${name} has no number in its label ${part}`);
  }

  /** The family of a name; an error when lines of another one stand between this line and its others. */
  private open(name: string): GrowingFamily {
    let family = this.families.get(name);
    if (family === undefined) {
      family = { name, help: undefined, type: undefined, samples: [] };
      this.families.set(name, family);
    } else if (family !== this.current) this.fail(`${name} goes on behind ${this.current!.name}`);
    this.current = family;
    return family;
  }

  private fail(problem: string): never {
    throw new ExpositionSyntaxError(this.line, problem);
  }
}

/** The label that tells the samples of one series apart: a number as text. */
export function partLabelOf(type: ExpositionType | undefined, suffix: string): string | undefined {
  if (type === 'histogram' && suffix === '_bucket') return 'le';
  return type === 'summary' && suffix === '' ? 'quantile' : undefined;
}

/** What tells samples apart: name and labels in any order, without empty values, which are the same as missing ones. */
export function sampleKey(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).filter(([, value]) => value !== '');
  return JSON.stringify([name, ...pairs.sort(([a], [b]) => (a < b ? -1 : 1))]);
}
