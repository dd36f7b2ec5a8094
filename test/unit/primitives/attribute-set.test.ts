import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  attributeSetOf,
  attributeText,
  fieldsOf,
  instrumentText,
  labelNameOf,
  labelsOfAttributes,
} from '../../../src/primitives/attribute-set.js';
import type { InstrumentIdentity } from '../../../src/primitives/attribute-set.js';
import { hostileText } from '../../property/arbitraries.js';

const REQUESTS: InstrumentIdentity = {
  kind: 'counter',
  name: 'http.requests',
  unit: '{request}',
  scopeName: 'shop',
  scopeVersion: '1.2.0',
  schemaUrl: '',
};
const BARE: InstrumentIdentity = { ...REQUESTS, scopeName: '', scopeVersion: '' };
const text = (attributes: unknown, isKept?: (key: string) => boolean): string =>
  attributeText(instrumentText(BARE), attributes as object, isKept);
const labels = (attributes: unknown): Record<string, string> =>
  Object.fromEntries(labelsOfAttributes(attributeSetOf(text(attributes))));

const inOrder = (given: object): [string, unknown][] =>
  Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1));

/** What code of others may do when it is asked for anything. */
function throwing(): never {
  throw new Error('not for you');
}
const revoked = (target: object): object => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};

describe('the text of a series', () => {
  it('begins with the instrument, and has the attributes in the order of their keys', () => {
    assert.equal(
      attributeText(instrumentText(REQUESTS), { retry: true, 'http.route': '/cart' }),
      '["counter","http.requests","{request}","shop","1.2.0","","http.route","/cart","retry",true]',
    );
    assert.equal(text({ b: 1, a: 2 }), text({ a: 2, b: 1 }));
  });

  it('is the same for every order of keys, and another one for other attributes', () => {
    const attributes = fc.dictionary(hostileText(), fc.oneof(hostileText(), fc.integer(), fc.boolean()));
    fc.assert(
      fc.property(attributes, attributes, (one, other) => {
        const reversed = Object.fromEntries(Object.entries(one).toReversed());
        assert.equal(text(reversed), text(one));
        const isSame = JSON.stringify(inOrder(one)) === JSON.stringify(inOrder(other));
        assert.equal(text(one) === text(other), isSame);
      }),
    );
  });

  it('reads back as what it was made of', () => {
    const scalar = fc.oneof(hostileText(), fc.boolean(), fc.double({ noNaN: true, noDefaultInfinity: true }));
    const value = fc.oneof(scalar, fc.array(fc.oneof(scalar, fc.constant(null)), { maxLength: 3 }));
    fc.assert(
      fc.property(
        hostileText(),
        hostileText(),
        fc.dictionary(hostileText(), value),
        (name, scopeName, given) => {
          const instrument = { ...REQUESTS, name, scopeName };
          const read = attributeSetOf(attributeText(instrumentText(instrument), given));
          assert.deepEqual(read.instrument, instrument);
          const wanted = inOrder(given);
          // JSON has one zero.
          assert.deepEqual(JSON.stringify(read.attributes), JSON.stringify(wanted));
        },
      ),
    );
  });

  it('tells 1, "1" and true apart, as OpenTelemetry does, and shows them alike', () => {
    const values = [1, '1', true, 'true', [1], ['1'], '[1]'];
    assert.equal(new Set(values.map(a => text({ a }))).size, values.length);
    assert.deepEqual(labels({ a: 1 }), { a: '1' });
    assert.deepEqual(labels({ a: '1' }), { a: '1' });
    assert.deepEqual(labels({ a: true }), { a: 'true' });
  });

  it('has numbers that JSON has not as texts, and one zero', () => {
    assert.deepEqual(labels({ a: NaN, b: Infinity, c: -Infinity, d: -0, e: 1e21, f: 5e-324 }), {
      a: 'NaN',
      b: 'Infinity',
      c: '-Infinity',
      d: '0',
      e: '1e+21',
      f: '5e-324',
    });
    assert.equal(text({ a: -0 }), text({ a: 0 }));
  });

  it('leaves out what has no value, and what a view drops', () => {
    assert.equal(text({ a: undefined, b: null }), text({}));
    for (const none of [undefined, null, 'text', 7, () => 1]) assert.equal(text(none), text({}));
    assert.equal(
      text({ a: 1, b: 2 }, key => key === 'b'),
      text({ b: 2 }),
    );
  });

  it('has arrays, and what is in them of no legal type as text', () => {
    assert.deepEqual(labels({ a: ['x', 1, null, undefined, true, NaN] }), {
      a: '["x",1,null,null,true,"NaN"]',
    });
    assert.deepEqual(labels({ a: [[1], { b: 2 }, 3n, Symbol('s')] }), {
      a: String.raw`["[1]","{\"b\":2}","3","Symbol(s)"]`,
    });
  });

  it('has what is no attribute value as text', () => {
    const circular: { self?: object } = {};
    circular.self = circular;
    const shown = labels({
      a: 10n,
      b: Symbol('s'),
      c: { d: 1 },
      e: circular,
      f: new Date(0),
      g: new Map(),
      h: { big: 1n },
    });
    assert.deepEqual(shown, {
      a: '10',
      b: 'Symbol(s)',
      c: '{"d":1}',
      e: '[object Object]',
      f: '"1970-01-01T00:00:00.000Z"',
      g: '{}',
      h: '[object Object]',
    });
  });

  it('never throws, whatever the code of others does', () => {
    const hostile = {
      proxy: revoked({}),
      list: revoked([]),
      tag: {
        toJSON: throwing,
        get [Symbol.toStringTag]() {
          return throwing();
        },
      },
      items: [{ toJSON: throwing }, revoked([])],
      map: Object.assign([1], { map: throwing }),
      fine: 'x',
    };
    const shown = labels(hostile);
    assert.equal(shown['fine'], 'x');
    assert.equal(shown['proxy'], '[unreadable]');
    assert.equal(shown['tag'], '[unreadable]');
    const getter = Object.defineProperty({ fine: 1 }, 'bad', { enumerable: true, get: throwing });
    assert.equal(text(getter), text({ fine: 1 }));
    for (const attributes of [revoked({}), new Proxy({}, { ownKeys: throwing })])
      assert.equal(text(attributes), text({}));
  });

  it('has nothing that is inherited, also not by the name of __proto__', () => {
    assert.equal(text(Object.create({ a: 1 })), text({}));
    const own = JSON.parse('{"__proto__":"x","constructor":"y"}') as object;
    assert.deepEqual(labels(own), { key__proto__: 'x', constructor: 'y' });
  });
});

describe('the fields of attributes', () => {
  it('are read once each, in their order', () => {
    let reads = 0;
    const fields = fieldsOf({
      b: 1,
      get a() {
        return ++reads;
      },
    });
    assert.deepEqual(Object.entries(fields), [
      ['b', 1],
      ['a', 1],
    ]);
    assert.equal(fields['a'], 1);
    assert.equal(reads, 1);
  });
});

describe('the labels of attributes', () => {
  it('have the scope, without what is empty', () => {
    const shown = labelsOfAttributes(attributeSetOf(attributeText(instrumentText(REQUESTS), { a: '' })));
    assert.deepEqual(
      [...shown],
      [
        ['otel_scope_name', 'shop'],
        ['otel_scope_version', '1.2.0'],
      ],
    );
  });

  it('have legal names', () => {
    const NAMES: Readonly<Record<string, string>> = {
      'http.route': 'http_route',
      'a-b/c d': 'a_b_c_d',
      '2xx': 'key_2xx',
      '': 'key_',
      _a: '_a',
      __a: 'key__a',
      '..a': 'key__a',
      é: '_',
      '😀': '__'.replace('__', 'key__'),
      le: 'key_le',
      quantile: 'key_quantile',
      thread: 'key_thread',
      'otel.scope.name': 'key_otel_scope_name',
      otel_scope_version: 'key_otel_scope_version',
      'otel.scope.schema_url': 'key_otel_scope_schema_url',
      'otel.metric.overflow': 'key_otel_metric_overflow',
      otel_attributes: 'key_otel_attributes',
      'a:b': 'a_b',
    };
    for (const [key, name] of Object.entries(NAMES)) assert.equal(labelNameOf(key), name, key);
  });

  it('have names that no other label of a sample has, whatever the key', () => {
    fc.assert(
      fc.property(hostileText(), key => {
        const name = labelNameOf(key);
        assert.match(name, /^[a-zA-Z_][a-zA-Z0-9_]*$/);
        assert.ok(!name.startsWith('__'));
        assert.notEqual(name, 'le');
      }),
    );
  });

  it('join the values of keys that become one label, in the order of the keys', () => {
    assert.deepEqual(labels({ a_b: 'third', 'a.b': 'second', 'a-b': 'first' }), {
      a_b: 'first;second;third',
    });
    assert.deepEqual(labels({ a_b: 'x', 'a.b': '' }), { a_b: 'x' });
  });

  it('are well formed where attributes are not', () => {
    assert.deepEqual(labels({ a: 'x\ud800y' }), { a: 'x\ufffdy' });
    assert.notEqual(text({ a: '\ud800' }), text({ a: '\ud801' }));
  });
});
