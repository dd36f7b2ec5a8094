/**
 * Classic text: an OpenMetrics exposition as the text format has it, so that the strict parser of that reads it, and what
 * the two formats do not share is checked on the way: the end, the order of the comments, units, names of families.
 */
import assert from 'node:assert/strict';

const COMMENT = /^# (TYPE|UNIT|HELP) ("(?:[^"\\]|\\[\\"n])*"|[a-zA-Z_:][a-zA-Z0-9_:]*) ?(.*)$/s;
const CREATED = /^(?:[a-zA-Z_:][a-zA-Z0-9_:]*_created[ {]|\{"(?:[^"\\]|\\.)*_created"[,}])/;
const END = '\n# EOF\n';
const TYPES: Readonly<Record<string, string>> = { info: 'gauge', stateset: 'gauge' };
const SUFFIXES: Readonly<Record<string, string>> = { counter: '_total', info: '_info' };
const WITH_CREATED = ['counter', 'histogram', 'summary'];

/** Exemplars are no part of the text format: give it none. */
export function classicTextOf(openMetrics: string): string {
  assert.ok(openMetrics === '# EOF\n' || openMetrics.endsWith(END), 'it ends with # EOF');
  const families = new Set<string>();
  const lines: string[] = [];
  let [type, before] = ['', ''];
  for (const line of openMetrics.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const [, what, name = '', text = ''] = COMMENT.exec(line) ?? [];
    if (what === undefined) {
      assert.ok(!line.startsWith('#') && line !== '', `no comment of the format: ${line}`);
      if (!(WITH_CREATED.includes(type) && CREATED.test(line))) lines.push(line);
    } else if (what === 'TYPE') {
      assert.ok(!families.has(name), `a second family ${name}`);
      families.add(name);
      type = text;
      lines.push(`# TYPE ${withSuffix(name, SUFFIXES[type] ?? '')} ${TYPES[type] ?? type}`);
    } else if (what === 'UNIT') {
      assert.equal(before, 'TYPE');
      assert.ok(text !== '' && withoutQuotes(name).endsWith(`_${text}`), line);
    } else {
      assert.ok(before === 'TYPE' || before === 'UNIT', `HELP behind ${before}`);
      const help = text.replace(/\\[\\"n]/g, escape => (escape === '\\"' ? '"' : escape));
      lines.push(`# HELP ${withSuffix(name, SUFFIXES[type] ?? '')} ${help}`);
    }
    before = what ?? '';
  }
  return lines.map(line => `${line}\n`).join('');
}

function withSuffix(name: string, suffix: string): string {
  return name.endsWith('"') ? `${name.slice(0, -1)}${suffix}"` : name + suffix;
}

function withoutQuotes(name: string): string {
  return name.endsWith('"') ? name.slice(1, -1) : name;
}
