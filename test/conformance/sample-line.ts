/** Sample line: the parts of one line of a text format, left to right, and what is wrong with their spelling. */
import { shortestNumber } from './number-forms.js';
import type { Findings } from './rules.js';

export interface Label {
  readonly name: string;
  readonly value: string;
}

export interface Exemplar {
  readonly labels: readonly Label[];
  readonly value: number;
}

export interface SampleLine {
  readonly place: string;
  readonly line: string;
  readonly name: string;
  readonly labels: readonly Label[];
  readonly value: number;
  readonly exemplar: Exemplar | undefined;
}

export interface LineRules {
  readonly isOpenMetrics: boolean;
  readonly isQuotingAllowed: boolean;
}

const METRIC_NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const QUOTED = /"((?:[^"\\]|\\[^])*)"/y;
const WORD = /[^ ]+/y;
const EXEMPLAR_MARK = /# (?=\{)/y;

/** Thrown at the first place where a line cannot be read on; nobody else sees it. */
class Unreadable extends Error {}

/** A line that is no comment; undefined, and a finding, where it cannot be read. */
export function readSample(
  line: string,
  place: string,
  rules: LineRules,
  findings: Findings,
): SampleLine | undefined {
  try {
    return new Scanner(line, place, rules, findings).sample();
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    findings.add('sample-syntax', place, `${error.message}: ${line}`);
    return undefined;
  }
}

/** A text between quotes, with its escapes; a finding for others than the three. */
export function unescaped(text: string, place: string, findings: Findings): string {
  return text.replace(/\\([^])/g, (escape, char: string) => {
    if (char === 'n') return '\n';
    if (char !== '\\' && char !== '"') findings.add('label-escape', place, escape);
    return char;
  });
}

class Scanner {
  private at = 0;

  constructor(
    private readonly line: string,
    private readonly place: string,
    private readonly rules: LineRules,
    private readonly findings: Findings,
  ) {}

  sample(): SampleLine {
    const { line, place } = this;
    const bare = this.take(METRIC_NAME)?.[0];
    const { name: quoted, labels } = this.line[this.at] === '{' ? this.braces(bare === undefined) : NO_BRACES;
    const name = bare ?? quoted ?? this.stop('no name');
    this.expect(' ');
    const value = this.number('no value');
    let exemplar: Exemplar | undefined;
    if (this.takes(' ') && !this.takesMark()) {
      this.time();
      if (this.takes(' ') && !this.takesMark()) this.stop('something stands behind the time');
    }
    if (this.marked) exemplar = this.exemplar();
    if (this.at < line.length) this.stop(`something stands behind the sample at ${this.at}`);
    return { place, line, name, labels, value, exemplar };
  }

  private marked = false;

  private takesMark(): boolean {
    this.marked = this.take(EXEMPLAR_MARK) !== undefined;
    return this.marked;
  }

  private exemplar(): Exemplar {
    const { labels } = this.braces(false);
    this.expect(' ');
    const value = this.number('an exemplar without value');
    if (this.takes(' ')) this.time();
    return { labels, value };
  }

  /** `{a="x"}`, or `{"the name",a="x"}` where a name may stand in front. */
  private braces(isNamed: boolean): { name: string | undefined; labels: Label[] } {
    this.expect('{');
    const labels: Label[] = [];
    let name: string | undefined;
    if (this.takes('}')) return { name, labels };
    do {
      if (this.line[this.at] === '"') {
        const text = this.quoted();
        if (!this.rules.isQuotingAllowed) this.findings.add('quoted-name', this.place, text);
        if (text === '') this.findings.add('name', this.place, 'an empty name');
        if (isNamed && name === undefined && labels.length === 0 && this.line[this.at] !== '=') name = text;
        else labels.push(this.labelOf(text));
      } else labels.push(this.labelOf(this.take(LABEL_NAME)?.[0] ?? this.stop('no label name')));
    } while (this.takes(','));
    this.expect('}');
    return { name, labels };
  }

  private labelOf(name: string): Label {
    this.expect('=');
    return { name, value: this.quoted() };
  }

  private quoted(): string {
    const found = this.take(QUOTED) ?? this.stop('no text in quotes');
    return unescaped(found[1]!, this.place, this.findings);
  }

  private number(missing: string): number {
    const word = this.take(WORD)?.[0] ?? this.stop(missing);
    const value = shortestNumber(word);
    if (value === undefined) this.findings.add('number-form', this.place, word);
    return value ?? Number(word);
  }

  private time(): void {
    const word = this.take(WORD)?.[0] ?? this.stop('no time');
    const isTime = this.rules.isOpenMetrics
      ? Number.isFinite(shortestNumber(word) ?? NaN)
      : /^-?\d+$/.test(word);
    if (!isTime) this.findings.add('timestamp-form', this.place, word);
  }

  private expect(char: string): void {
    if (!this.takes(char)) this.stop(`no ${JSON.stringify(char)} at ${this.at}`);
  }

  private takes(char: string): boolean {
    if (this.line[this.at] !== char) return false;
    this.at++;
    return true;
  }

  private take(token: RegExp): RegExpExecArray | undefined {
    token.lastIndex = this.at;
    const found = token.exec(this.line);
    if (found === null) return undefined;
    this.at = token.lastIndex;
    return found;
  }

  private stop(problem: string): never {
    throw new Unreadable(problem);
  }
}

const NO_BRACES = { name: undefined, labels: [] as Label[] };
