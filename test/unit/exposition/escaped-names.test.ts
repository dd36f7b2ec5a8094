/** Families that were defined at the same moment and clash: refused nowhere, and yet no exposition has a name twice. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';
import { describeFamily } from '../../../src/primitives/family-descriptor.js';
import type { FamilyDescription, FamilyType } from '../../../src/primitives/family-descriptor.js';
import { defineFamily } from '../../../src/registry/family-record.js';
import { formatFor } from '../../../src/exposition/formats.js';
import { LastLines } from '../../../src/exposition/last-lines.js';
import { parseExposition } from '../../../src/testing/index.js';
import { withMutant } from '../../model/stepping.js';
import { PlayedThread, warningsOf } from '../registry/played-thread.js';

const UTF8 = { nameValidationScheme: 'utf8' } as const;
const ALLOWED = 'text/plain;version=1.0.0;escaping=allow-utf-8';

/** As a thread that looked for clashes before the other one had published. */
function defineUnchecked(thread: PlayedThread, type: FamilyType, options: FamilyDescription): void {
  defineFamily(thread.attachment, describeFamily(type, options, 5, 'utf8'));
}

async function typesIn(registry: Registry, accept?: string): Promise<string[]> {
  const { body } = await registry.render({ accept });
  return parseExposition(Buffer.from(body).toString()).map(({ name }) => name);
}

describe('of two families with one name', () => {
  it('the first is shown where they clash, both where they do not, and a warning says so once', async test => {
    const registry = new Registry(UTF8);
    registry.gauge({ name: 'a.b', help: 'A.' });
    const other = new PlayedThread(test, registry.share(), 901);
    defineUnchecked(other, 'gauge', { name: 'a_b', help: 'A.' });
    defineUnchecked(other, 'gauge', { name: 'c', help: 'C.' });
    const warnings = await warningsOf(() => {
      registry.renderNow();
      registry.renderNow();
    });
    assert.deepEqual(await typesIn(registry), ['a_b', 'c']);
    assert.deepEqual(await typesIn(registry, ALLOWED), ['a.b', 'a_b', 'c']);
    assert.deepEqual(await typesIn(registry, 'text/plain;version=1.0.0;escaping=dots'), [
      'a_dot_b',
      'a__b',
      'c',
    ]);
    assert.deepEqual(warnings, [
      'a_b is not shown: with the escaping underscores, a_b is shown by a.b too; rename one of them',
    ]);
    registry.removeSingleMetric('a.b');
    assert.deepEqual(await typesIn(registry), ['a_b', 'c'], 'the other one takes its place');
  });

  it('the first is shown when it is the sample of a histogram that clashes', async test => {
    const registry = new Registry();
    registry.histogram({ name: 'wait', help: 'W.' });
    const other = new PlayedThread(test, registry.share(), 901);
    defineUnchecked(other, 'counter', { name: 'wait_count', help: 'W.' });
    await warningsOf(() =>
      assert.doesNotMatch(Buffer.from(registry.renderNow()).toString(), /TYPE wait_count/),
    );
    assert.deepEqual(await typesIn(registry), ['wait']);
  });

  it('the first is shown also while another rendering begins without it', async test => {
    const registry = new Registry(UTF8);
    registry.gauge({ name: 'a.b', help: 'A.' });
    defineUnchecked(new PlayedThread(test, registry.share(), 901), 'gauge', { name: 'a_b', help: 'A.' });
    const renderer = formatFor(undefined).newRenderer({});
    const { families } = registry.snapshot();
    const extents = families.map(({ descriptor, rows }) => ({ descriptor, series: rows, keyBytes: 0 }));
    await warningsOf(() => {
      const out = renderer.begin(extents);
      out.add(families[0]!);
      renderer.begin(extents.slice(1)).abandon();
      out.add(families[1]!);
      const names = parseExposition(Buffer.from(out.finish().body).toString()).map(({ name }) => name);
      assert.deepEqual(names, ['a_b']);
    });
  });
});

describe('a family that shows under another name', () => {
  it('is told how many rows it will have, and not how many another one has', () => {
    const registry = new Registry(UTF8);
    registry.histogram({ name: 'a.b', help: 'A.', labelNames: ['x'] }).observe({ x: 'y' }, 1);
    const last = registry.gauge({ name: 'z', help: 'Z.', labelNames: ['x'] });
    for (let i = 0; i < 300; i++) last.set({ x: String(i) }, i);
    const expected: number[] = [];
    const { expect } = LastLines.prototype;
    const noted = function (this: LastLines, rows: number, stride: number): void {
      expected.push(rows);
      expect.call(this, rows, stride);
    };
    withMutant(LastLines.prototype, 'expect', noted, () => registry.renderNow());
    assert.deepEqual([...new Set(expected)], [1, 300]);
    registry.close();
  });
});
