import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HandleCache } from '../../../src/primitives/handle-cache.js';
import type { Labels } from '../../../src/primitives/label-set.js';

interface Handle {
  readonly id: number;
}

function cacheOf(...names: string[]): HandleCache<Handle> {
  return new HandleCache<Handle>(names);
}

describe('a handle cache', () => {
  it('finds a handle by a label object in any order, and by list', () => {
    const cache = cacheOf('a', 'b', 'c');
    const handle = { id: 1 };
    cache.add(['x', 'y', 'z'], handle);
    assert.equal(cache.get({ a: 'x', b: 'y', c: 'z' }), handle);
    assert.equal(cache.get({ c: 'z', a: 'x', b: 'y' }), handle);
    assert.equal(cache.getByList(['x', 'y', 'z']), handle);
  });

  it('finds nothing for other values, fewer labels, more labels or other names', () => {
    const cache = cacheOf('a', 'b');
    cache.add(['x', 'y'], { id: 1 });
    const misses: Labels[] = [
      { a: 'x', b: 'z' },
      { a: 'y', b: 'x' },
      { a: 'x' },
      { b: 'y' },
      {},
      { a: 'x', b: 'y', c: 'z' },
      { c: 'z', a: 'x', b: 'y' },
      { a: 'x', c: 'y' },
    ];
    for (const labels of misses) assert.equal(cache.get(labels), undefined, JSON.stringify(labels));
  });

  it('never takes the node of a longer label set for a handle', () => {
    const cache = cacheOf('a', 'b');
    cache.add(['x', 'y'], { id: 1 });
    assert.equal(cache.get({ a: 'x' }), undefined);
    assert.equal(cacheOf().get({}), undefined);
  });

  it('keeps values apart that are one text behind a separator', () => {
    const cache = cacheOf('a', 'b');
    const tuples = [
      ['x', 'y'],
      ['xy', ''],
      ['', 'xy'],
      ['x,y', ''],
      ['x', ',y'],
      ['x|y', 'z'],
      ['x', 'y|z'],
    ];
    tuples.forEach((values, id) => cache.add(values, { id }));
    tuples.forEach(([a, b], id) => assert.equal(cache.get({ a: a!, b: b! })?.id, id));
  });

  it('keeps values that name properties of every object', () => {
    const cache = cacheOf('a');
    const hostile = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''];
    for (const value of hostile) assert.equal(cache.get({ a: value }), undefined);
    hostile.forEach((value, id) => cache.add([value], { id }));
    hostile.forEach((value, id) => assert.equal(cache.get({ a: value })?.id, id));
  });

  it('tells 200 from "200", which are added one by one', () => {
    const cache = cacheOf('status');
    const handle = { id: 1 };
    cache.add(['200'], handle);
    assert.equal(cache.get({ status: 200 }), undefined);
    cache.add([200], handle);
    assert.equal(cache.get({ status: 200 }), handle);
    assert.equal(cache.get({ status: '200' }), handle);
  });

  it('has one list of the outer values for all handles that have these in common', () => {
    const cache = cacheOf('a', 'b', 'c');
    const outer = cache.addTexts(['x', 'y', '1'], { id: 1 });
    assert.deepEqual(outer, ['x', 'y']);
    assert.equal(cache.addTexts(['x', 'y', '2'], { id: 2 }), outer);
    assert.deepEqual(cache.addTexts(['x', 'z', '1'], { id: 3 }), ['x', 'z']);
    assert.deepEqual(cacheOf('a').addTexts(['x'], { id: 4 }), []);
  });

  it('has texts in that list where other values were there first', () => {
    const cache = cacheOf('a', 'b');
    cache.add([1, 'y'], { id: 1 });
    assert.deepEqual(cache.addTexts(['1', 'y'], { id: 2 }), ['1']);
  });

  it('drops the handles that are gone under every value that leads to them, and no others', () => {
    const cache = cacheOf('a', 'b');
    const [gone, kept] = [{ id: 1 }, { id: 2 }];
    cache.add(['x', '1'], gone);
    cache.add(['x', 1], gone);
    cache.add(['y', '1'], gone);
    cache.add(['x', '2'], kept);
    cache.purge(handle => handle === kept);
    assert.equal(cache.getByList(['x', '1']), undefined);
    assert.equal(cache.getByList(['x', 1]), undefined);
    assert.equal(cache.getByList(['y', '1']), undefined);
    assert.equal(cache.getByList(['x', '2']), kept);
    cache.add(['y', '1'], gone);
    assert.equal(cache.getByList(['y', '1']), gone);
  });

  it('loses one handle by its values, and minds values that are not there', () => {
    const cache = cacheOf('a', 'b');
    cache.add(['x', '1'], { id: 1 });
    cache.add(['x', '2'], { id: 2 });
    cache.delete(['x', '1']);
    cache.delete(['y', '1']);
    cache.delete(['x', '3']);
    assert.equal(cache.getByList(['x', '1']), undefined);
    assert.equal(cache.getByList(['x', '2'])?.id, 2);
    cacheOf().delete([]);
  });

  it('keeps nothing of an outer value whose last handle is gone', () => {
    const cache = cacheOf('a', 'b', 'c');
    const { root } = cache as unknown as { root: Map<unknown, unknown> };
    for (let i = 0; i < 10; i++) {
      cache.add([i, '1', '1'], { id: i });
      cache.add([i, '2', '1'], { id: i });
      cache.delete([i, '1', '1']);
    }
    assert.equal(root.size, 10);
    for (let i = 0; i < 10; i++) cache.delete([i, '2', '1']);
    assert.equal(root.size, 0);
  });

  it('is empty after a clear', () => {
    const cache = cacheOf('a');
    cache.add(['x'], { id: 1 });
    cache.clear();
    assert.equal(cache.get({ a: 'x' }), undefined);
  });
});
