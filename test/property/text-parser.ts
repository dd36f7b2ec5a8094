/**
 * Text parser: reads what the text format 0.0.4 says, strictly; anything else is an error.
 *
 * Written from prometheus.io/docs/instrumenting/exposition_formats, not from the renderer.
 */

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ParsedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: ParsedSample[];
}

const HELP = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s;
const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/;
const SAMPLE_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"/;
const VALUE = /^ (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$/;
const UNESCAPED: Readonly<Record<string, string>> = { '\\\\': '\\', '\\n': '\n', '\\"': '"' };

/** The families of an exposition, in order. @throws Error naming the line that is none of the format's */
export function parseText(text: string): ParsedFamily[] {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end');
  const lines = text.split('\n').slice(0, -1);
  const families: ParsedFamily[] = [];
  for (let i = 0; i < lines.length; i++) {
    const help = HELP.exec(lines[i]!);
    if (help !== null) {
      const type = TYPE.exec(lines[++i] ?? '');
      if (type === null || type[1] !== help[1]) throw new Error(`no TYPE after: ${lines[i - 1]}`);
      if (families.some(family => family.name === help[1])) throw new Error(`${help[1]} is there twice`);
      families.push({ name: help[1]!, help: unescapeHelp(help[2]!), type: type[2]!, samples: [] });
      continue;
    }
    const family = families.at(-1);
    if (family === undefined) throw new Error(`a sample before any family: ${lines[i]}`);
    family.samples.push(parseSample(lines[i]!, family));
  }
  return families;
}

function parseSample(line: string, family: ParsedFamily): ParsedSample {
  const name = SAMPLE_NAME.exec(line)?.[0] ?? '';
  const suffixes = family.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  if (!suffixes.some(suffix => name === family.name + suffix))
    throw new Error(`not of ${family.name}: ${line}`);
  const { labels, rest } = parseLabels(line.slice(name.length), line);
  const value = VALUE.exec(rest)?.[1];
  if (value === undefined) throw new Error(`no value: ${line}`);
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) };
}

function parseLabels(text: string, line: string): { labels: Record<string, string>; rest: string } {
  const labels = Object.create(null) as Record<string, string>;
  if (!text.startsWith('{')) return { labels, rest: text };
  let rest = text.slice(1);
  for (;;) {
    const label = LABEL.exec(rest);
    if (label === null) throw new Error(`no label at ${rest}: ${line}`);
    if (label[1]! in labels) throw new Error(`label ${label[1]} is there twice: ${line}`);
    labels[label[1]!] = label[2]!.replace(/\\["\\n]/g, escape => UNESCAPED[escape]!);
    rest = rest.slice(label[0].length);
    if (rest.startsWith('}')) return { labels, rest: rest.slice(1) };
    if (!rest.startsWith(',')) throw new Error(`no end of the labels at ${rest}: ${line}`);
    rest = rest.slice(1);
  }
}

function unescapeHelp(text: string): string {
  return text.replace(/\\[\\n]/g, escape => UNESCAPED[escape]!);
}
