/**
 * Line cursor: the tokens of one line, from left to right. Blanks and tabs may stand between any two.
 *
 * A name may stand in quotes, that of a metric then as the first thing in the braces: `{"my.metric","a.label"="x"} 1`.
 */
import { numberOf } from './number-text.js';

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const QUOTED = /"((?:[^"\\]|\\["\\n])*)"/y;
const WORD = /[^ \t]+/y;
const BLANKS = /[ \t]*/y;
const TIMESTAMP = /^-?\d+$/;
const UNESCAPED: Readonly<Record<string, string>> = { '\\\\': '\\', '\\n': '\n', '\\"': '"' };

export class LineCursor {
  private at = 0;

  /** `fail` gets what is wrong, and does not return. */
  constructor(
    private readonly line: string,
    private readonly fail: (problem: string) => never,
  ) {}

  /** The name of a metric and the labels in braces; none when there are no braces. */
  series(): { name: string; labels: Record<string, string> } {
    const bare = this.take(NAME)?.[0];
    if (!this.takes('{')) return { name: bare ?? this.fail(`no metric name: ${this.line}`), labels: {} };
    const name = bare ?? this.quotedName(`no metric name: ${this.line}`);
    if (bare === undefined && !this.takes(',')) {
      if (this.takes('}')) return { name, labels: {} };
      this.fail(`no ',' or '}' behind metric name ${name}: ${this.line}`);
    }
    return { name, labels: this.labels() };
  }

  /** The name of a family in a comment, which a blank or nothing follows. */
  familyName(): string {
    const problem = `no metric name: ${this.line}`;
    const name = this.take(NAME)?.[0] ?? this.quotedName(problem);
    return /^(?:[ \t]|$)/.test(this.line.slice(this.at)) ? name : this.fail(problem);
  }

  /** Everything up to the end of the line, without the one blank that divides it from what was before. */
  tail(): string {
    return this.line.slice(this.at).replace(/^[ \t]/, '');
  }

  /** What stands in the braces, up to their end. */
  private labels(): Record<string, string> {
    const labels = new Map<string, string>();
    while (!this.takes('}')) {
      const name = this.take(LABEL_NAME)?.[0] ?? this.quotedName(`no label name or '}' at ${this.rest()}`);
      if (labels.has(name)) this.fail(`label ${name} is there twice: ${this.line}`);
      if (!this.takes('=')) this.fail(`no '=' behind label ${name}: ${this.line}`);
      labels.set(name, this.labelValue(name));
      // The last one may have a comma behind it.
      if (this.takes(',')) continue;
      if (this.takes('}')) break;
      this.fail(`no ',' or '}' behind label ${name}: ${this.line}`);
    }
    return Object.fromEntries(labels);
  }

  value(): number {
    const word = this.take(WORD)?.[0];
    if (word === undefined) this.fail(`no value: ${this.line}`);
    return numberOf(word) ?? this.fail(`value ${word} is no number: ${this.line}`);
  }

  /** The time at the end of the line, which is optional. */
  timestampMs(): number | undefined {
    const word = this.take(WORD)?.[0];
    if (word === undefined) return undefined;
    if (!TIMESTAMP.test(word)) this.fail(`${word} behind the value is no time in ms: ${this.line}`);
    if (this.take(WORD) !== undefined) this.fail(`something stands behind the time: ${this.line}`);
    return Number(word);
  }

  private labelValue(name: string): string {
    const value = this.quoted();
    if (value === undefined)
      this.fail(`no text in quotes with the escapes \\\\, \\" and \\n as value of ${name}: ${this.line}`);
    return value;
  }

  private quotedName(problem: string): string {
    const name = this.quoted();
    if (name === undefined) this.fail(problem);
    return name === '' ? this.fail(`an empty name: ${this.line}`) : name;
  }

  private quoted(): string | undefined {
    return this.take(QUOTED)?.[1]?.replace(/\\["\\n]/g, escape => UNESCAPED[escape]!);
  }

  private takes(character: string): boolean {
    this.skipBlanks();
    if (this.line[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private take(token: RegExp): RegExpExecArray | undefined {
    this.skipBlanks();
    token.lastIndex = this.at;
    const found = token.exec(this.line);
    if (found === null) return undefined;
    this.at = token.lastIndex;
    return found;
  }

  private skipBlanks(): void {
    BLANKS.lastIndex = this.at;
    BLANKS.exec(this.line);
    this.at = BLANKS.lastIndex;
  }

  private rest(): string {
    return JSON.stringify(this.line.slice(this.at));
  }
}
