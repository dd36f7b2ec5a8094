import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Labels, LabelValue } from '../../../src/primitives/label-set.js';
import { valuesOfList, valuesOfObject, valuesOfPart } from '../../../src/primitives/label-set.js';

const NAMES = ['method', 'status'];

describe('the values of a label object', () => {
  it('stand in the order of the label names, whatever the order of the object', () => {
    assert.deepEqual(valuesOfObject({ status: 'ok', method: 'GET' }, NAMES), ['GET', 'ok']);
  });

  it('are text: numbers, booleans, 0 and false too', () => {
    assert.deepEqual(valuesOfObject({ method: 0, status: false }, NAMES), ['0', 'false']);
    assert.deepEqual(valuesOfObject({ method: 1.5, status: true }, NAMES), ['1.5', 'true']);
    assert.deepEqual(valuesOfObject({ method: -0, status: 1e21 }, NAMES), ['0', '1e+21']);
    assert.deepEqual(valuesOfObject({ method: NaN, status: Infinity }, NAMES), ['NaN', 'Infinity']);
  });

  it('are empty for what is missing, undefined or null', () => {
    assert.deepEqual(valuesOfObject({}, NAMES), ['', '']);
    assert.deepEqual(valuesOfObject({ method: undefined, status: null } as unknown as Labels, NAMES), [
      '',
      '',
    ]);
  });

  it('are refused for a name that the family does not have, with the text of prom-client', () => {
    assert.throws(() => valuesOfObject({ method: 'GET', baz: 1 }, NAMES), {
      name: 'Error',
      message: "Added label \"baz\" is not included in initial labelset: [ 'method', 'status' ]",
    });
    assert.throws(() => valuesOfObject({ constructor: 'x' }, NAMES), /Added label "constructor" is not/);
    assert.throws(() => valuesOfObject(['GET', '200'] as unknown as Labels, NAMES), /Added label "0" is not/);
  });

  it('never come from what every object inherits', () => {
    const names = ['constructor', 'toString', 'valueOf', 'hasOwnProperty'];
    assert.deepEqual(valuesOfObject({ toString: 'x' } as unknown as Labels, names), ['', 'x', '', '']);
    const bare = Object.assign(Object.create(null) as object, { valueOf: 'y' });
    assert.deepEqual(valuesOfObject(bare as Labels, names), ['', '', 'y', '']);
  });

  it('never change the object', () => {
    const labels = Object.freeze({ status: 200 });
    assert.deepEqual(valuesOfObject(labels, NAMES), ['', '200']);
  });
});

describe('positional label values', () => {
  it('are text in the given order', () => {
    assert.deepEqual(valuesOfList(['GET', 200], NAMES), ['GET', '200']);
    assert.deepEqual(valuesOfList([undefined, null] as unknown as LabelValue[], NAMES), ['', '']);
  });

  it('are refused in another number, with the text of prom-client', () => {
    assert.throws(() => valuesOfList(['GET'], NAMES), {
      name: 'Error',
      message: 'Invalid number of arguments (1): "GET" for label names (2): "method, status".',
    });
    assert.throws(() => valuesOfList(['a', 'b', 'c'], NAMES), /\(3\): "a, b, c" for label names \(2\)/);
    assert.throws(() => valuesOfList(['a'], []), /\(1\): "a" for label names \(0\): ""\./);
  });
});

describe('the values of a part of the labels', () => {
  it('are undefined for what is not named, in the order of the label names', () => {
    assert.deepEqual(valuesOfPart({ status: 200 }, NAMES), [undefined, '200']);
    assert.deepEqual(valuesOfPart({ status: 'ok', method: 'GET' }, NAMES), ['GET', 'ok']);
    assert.deepEqual(valuesOfPart({}, NAMES), [undefined, undefined]);
  });

  it('are empty for what is named without a value', () => {
    const labels = { method: undefined, status: null } as unknown as Labels;
    assert.deepEqual(valuesOfPart(labels, NAMES), ['', '']);
    assert.deepEqual(valuesOfPart({ status: '' }, NAMES), [undefined, '']);
  });

  it('never come from what every object inherits', () => {
    const names = ['constructor', 'toString'];
    assert.deepEqual(valuesOfPart({ toString: 'x' } as unknown as Labels, names), [undefined, 'x']);
  });

  it('are refused for an unknown label as those of a whole set, and for what is no object', () => {
    assert.throws(() => valuesOfPart({ baz: 1 }, NAMES), {
      name: 'Error',
      message: "Added label \"baz\" is not included in initial labelset: [ 'method', 'status' ]",
    });
    for (const bad of ['GET', undefined, null, 5]) {
      assert.throws(() => valuesOfPart(bad as unknown as Labels, NAMES), {
        name: 'TypeError',
        message: /^labels is .*; it must be an object of label values by name$/,
      });
    }
  });
});
