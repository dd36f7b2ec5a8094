/** docs/guides/instruments.md has every option of a view, with all of its values. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { meterSettingsOf } from '../../src/otel/meter-config.js';
import { AGGREGATIONS, INSTRUMENT_TYPES, SHARINGS } from '../../src/otel/view-config.js';
import { AGGREGATORS } from '../../src/primitives/family-descriptor.js';
import { declaredOptions } from './option-table.js';
import { readProjectFile } from './sources.js';

const TEXT = readProjectFile('docs/guides/instruments.md');
const SECTION = TEXT.slice(TEXT.indexOf('\n## Views\n'), TEXT.indexOf('\n## Names and labels\n'));

interface Row {
  readonly names: string;
  readonly values: string;
}

/** A row without a name goes on with that of the row before. */
const ROWS = [...SECTION.matchAll(/^\| (.*?) +\| (.*?) +\| .*\|$/gm)].reduce<Row[]>((rows, match) => {
  const names = match[1]!.trim();
  return [...rows, { names: names === '' ? rows.at(-1)!.names : names, values: match[2]! }];
}, []);

function valuesOf(name: string): string {
  const rows = ROWS.filter(({ names }) => names.includes(`\`${name}\``));
  return rows.map(({ values }) => values).join(' ');
}

describe('the tables of views', () => {
  it('have every option', () => {
    for (const name of declaredOptions('src/otel/view-config.ts', 'ViewConfig', {}))
      assert.notEqual(valuesOf(name), '', name);
  });

  for (const [name, values] of [
    ['instrumentType', INSTRUMENT_TYPES],
    ['aggregator', AGGREGATORS],
    ['sharing', SHARINGS],
  ] as const)
    it(`have every value of ${name}, and no other`, () => {
      const shown = [...valuesOf(name).matchAll(/`(\w+)`/g)].map(match => match[1]!);
      assert.deepEqual([...new Set(shown)].sort(), [...values].sort());
    });

  it('have every type of an aggregation', () => {
    const shown = [...valuesOf('aggregation').matchAll(/type: '(\w+)'/g)].map(match => match[1]!);
    assert.deepEqual(shown, [...AGGREGATIONS]);
  });

  for (const [name, viewOf] of [
    ['seriesMax', (seriesMax: number) => ({ seriesMax })],
    ['aggregation.maxSize', (maxSize: number) => ({ aggregation: { type: 'exponential_buckets', maxSize } })],
    [
      'aggregation.maxScale',
      (maxScale: number) => ({ aggregation: { type: 'exponential_buckets', maxScale } }),
    ],
  ] as const)
    it(`have the range of ${name}`, () => {
      const [, from, to] = /(-?[\d,]+)\.\.([\d,]+)/.exec(valuesOf(name))!;
      const [min, max] = [from!, to!].map(text => Number(text.replaceAll(',', ''))) as [number, number];
      const check = (value: number) => () => meterSettingsOf({ views: [viewOf(value)] } as never, {});
      for (const value of [min, max]) assert.doesNotThrow(check(value));
      for (const value of [min - 1, max + 1]) assert.throws(check(value), /it must be an integer in/);
    });
});
