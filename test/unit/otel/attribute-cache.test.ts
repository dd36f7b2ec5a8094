import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AttributeCache } from '../../../src/otel/attribute-cache.js';
import { attributeText, fieldsOf } from '../../../src/primitives/attribute-set.js';
import { hostileText } from '../../property/arbitraries.js';
import { withMutant } from '../../model/stepping.js';

interface Handle {
  readonly text: string;
  isThere: boolean;
  readonly place: { isLive(): boolean };
}

/** The slow path: one handle for each text, as a family has them. */
class Handles {
  readonly byText = new Map<string, Handle>();
  readonly cache: AttributeCache<Handle>;

  constructor(private readonly isKept?: (key: string) => boolean) {
    this.cache = new AttributeCache(isKept);
  }

  textOf(attributes: object): string {
    return attributeText('[', attributes, this.isKept);
  }

  slow(attributes: object): Handle {
    const text = this.textOf(attributes);
    let handle = this.byText.get(text);
    if (handle?.isThere !== true) {
      const created: Handle = { text, isThere: true, place: { isLive: () => created.isThere } };
      this.byText.set(text, created);
      handle = created;
    }
    return handle;
  }

  record(attributes: object): Handle {
    const known = this.cache.get(attributes);
    if (known !== undefined) return known;
    const fields = fieldsOf(attributes);
    const handle = this.slow(fields);
    this.cache.add(fields, handle);
    return handle;
  }
}

/** Entries that the maps of a cache hold. */
function entriesOf(cache: AttributeCache<Handle>): number {
  const count = (node: unknown): number =>
    node instanceof Map ? [...node.values()].reduce<number>((sum, child) => sum + count(child), 0) : 1;
  const { shapes } = cache as unknown as { readonly shapes: readonly { readonly root: unknown }[] };
  return shapes.reduce((sum, { root }) => sum + (root === undefined ? 0 : count(root)), 0);
}

const PURGE_SLACK = 130;

describe('an attribute cache', () => {
  it('finds what was added, by equal attributes in the same order of keys', () => {
    const handles = new Handles();
    const handle = handles.record({ route: '/a', status: 200 });
    assert.equal(handles.cache.get({ route: '/a', status: 200 }), handle);
    for (const other of [
      { route: '/a', status: '200' },
      { route: '/a', status: 404 },
      { route: '/a' },
      { route: '/a', status: 200, more: 1 },
      { status: 200, route: '/a' },
      {},
    ])
      assert.equal(handles.cache.get(other), undefined, JSON.stringify(other));
    assert.equal(handles.record({ status: 200, route: '/a' }), handle);
    assert.equal(handles.cache.get({ status: 200, route: '/a' }), handle);
    assert.equal(handles.cache.get({ route: '/a', status: 200 }), handle);
  });

  it('equals the slow path for any sequence of recordings', () => {
    const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');
    const value = fc.constantFrom<unknown>(1, '1', true, 'true', NaN, 'NaN', -0, 0, undefined, null, '', 1n);
    const attributes = fc
      .array(fc.tuple(key, fc.oneof(value, hostileText(3), fc.constant([1]))), { maxLength: 4 })
      .map(entries => Object.fromEntries(entries));
    const kept = fc.constantFrom(
      undefined,
      (name: string) => name !== 'a',
      () => false,
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(attributes, fc.boolean()), { maxLength: 60 }),
        kept,
        (recordings, isKept) => {
          const handles = new Handles(isKept);
          for (const [recorded, isRemoved] of recordings) {
            const handle = handles.record(recorded);
            assert.equal(handle.text, handles.textOf(recorded));
            if (isRemoved) handle.isThere = false;
          }
        },
      ),
    );
  });

  it('does not look at attributes that a view drops, and holds one entry for all of them', () => {
    const handles = new Handles(key => key !== 'user');
    const handle = handles.record({ route: '/a', user: 'first' });
    for (let user = 0; user < 1_000; user++) assert.equal(handles.record({ route: '/a', user }), handle);
    assert.equal(entriesOf(handles.cache), 1);
    const nothing = new Handles(() => false);
    const only = nothing.record({ user: 1 });
    assert.equal(nothing.cache.get({ user: 2 }), only);
    only.isThere = false;
    const next = nothing.slow({});
    for (let i = 0; i < PURGE_SLACK; i++) nothing.record({ [`k${i}`]: 1 });
    assert.equal(nothing.cache.get({ user: 2 }), undefined);
    assert.equal(nothing.record({ user: 2 }), next);
  });

  it('takes no inherited property for an attribute, in either direction', () => {
    const handles = new Handles();
    const both = handles.record({ a: 1, b: 2 });
    const one = handles.record({ a: 1 });
    const derived = Object.assign(Object.create({ b: 2 }) as object, { a: 1 });
    assert.equal(handles.record(derived), one);
    assert.equal(handles.record(derived), one);
    const bare = Object.assign(Object.create(null) as object, { a: 1, b: 2 });
    assert.equal(handles.cache.get(bare), both);
  });

  it('does not throw for a getter or a proxy that does', () => {
    const handles = new Handles();
    handles.record({ a: 1 });
    const throwing = (): never => {
      throw new Error('not for you');
    };
    assert.equal(
      handles.cache.get(Object.defineProperty({}, 'a', { enumerable: true, get: throwing })),
      undefined,
    );
    for (const trap of ['ownKeys', 'getPrototypeOf', 'get'])
      assert.equal(handles.cache.get(new Proxy({ a: 1 }, { [trap]: throwing })), undefined, trap);
  });

  it('keeps nothing under what is another value at each call', () => {
    const handles = new Handles();
    const makers = [() => [1], () => ({}), () => Symbol('s'), () => () => 1, () => new Date(0)];
    for (const make of makers) for (let i = 0; i < 1_000; i++) handles.record({ make: make() });
    assert.equal(entriesOf(handles.cache), 0);
  });

  it('keeps no handle without a series: beyond a limit it does not grow', () => {
    const cache = new AttributeCache<Handle>();
    const handle: Handle = { text: '', isThere: false, place: { isLive: () => false } };
    for (let user = 0; user < 1_000; user++) cache.add({ user }, handle);
    assert.equal(entriesOf(cache), 0);
  });

  it('forgets handles whose series have gone, so that churn does not make it grow', () => {
    const handles = new Handles();
    for (let user = 0; user < 3_000; user++) {
      const handle = handles.record({ user });
      // Ten at a time are there.
      const gone = handles.byText.get(handles.textOf({ user: user - 10 }));
      if (gone !== undefined) gone.isThere = false;
      handles.byText.delete(handles.textOf({ user: user - 10 }));
      assert.equal(handle.isThere, true);
      if (user % 50 === 0) assert.ok(entriesOf(handles.cache) <= 2 * 11 + PURGE_SLACK);
    }
  });

  it('has room for the shapes of now when those of before have gone', () => {
    const handles = new Handles();
    for (let i = 0; i < 1_000; i++) handles.record({ [`key${i}`]: 1 }).isThere = false;
    for (let i = 0; i < PURGE_SLACK; i++) handles.record({ now: i });
    assert.notEqual(handles.cache.get({ now: PURGE_SLACK - 1 }), undefined);
  });

  it('mutant: a cache that never forgets is caught', () => {
    withMutant(
      AttributeCache.prototype,
      'purgeIfDue' as never,
      () => undefined,
      () => {
        const handles = new Handles();
        for (let user = 0; user < 1_000; user++) handles.record({ user }).isThere = false;
        assert.ok(entriesOf(handles.cache) > PURGE_SLACK);
      },
    );
  });
});
