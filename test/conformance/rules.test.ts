/** Each rule of the checker, with expositions that break it and no other one, and with good ones that break none. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertConforms, checkExposition } from './check-exposition.js';
import { shortestNumber, isBoundText } from './number-forms.js';
import { PLANTED_MESSAGES, delimited, family, GOOD_MESSAGES } from './planted-messages.js';
import { GOOD_TEXTS, PLANTED_TEXTS } from './planted-texts.js';
import { RULES } from './rules.js';

describe('the checker of texts', () => {
  for (const { rule, options, text } of PLANTED_TEXTS)
    it(`catches ${rule} in ${options.format}: ${JSON.stringify(text.toString()).slice(0, 120)}`, () => {
      const found = checkExposition(text, options);
      assert.deepEqual([...new Set(found.map(violation => violation.rule))], [rule]);
      for (const { place } of found) assert.match(place, /^(?:line \d+|the end)$/);
      assert.throws(() => assertConforms(text, options), new RegExp(`\\b${rule} at `));
    });

  for (const { name, options, text } of GOOD_TEXTS)
    it(`passes ${name} in ${options.format}`, () => assertConforms(text, options));

  it('names the line', () => {
    const text = '# HELP a A.\n# TYPE a gauge\na{x="1"} 1\na{x="1"} 2\n';
    assert.deepEqual(checkExposition(text, { format: 'text-0.0.4' }), [
      { rule: 'sample-twice', place: 'line 4', text: 'a{x="1"} 2' },
    ]);
  });
});

describe('the checker of messages', () => {
  for (const { rule, what, body } of PLANTED_MESSAGES)
    it(`catches ${rule}: ${what}`, () => {
      const found = checkExposition(body, { format: 'protobuf' });
      assert.deepEqual([...new Set(found.map(violation => violation.rule))], [rule]);
    });

  for (const { what, body } of GOOD_MESSAGES)
    it(`passes ${what}`, () => assertConforms(body, { format: 'protobuf' }));

  it('names the field', () => {
    const body = delimited(family({ name: 'c', type: 0, metric: [{ counter: { value: -1 } }] }));
    assert.deepEqual(checkExposition(body, { format: 'protobuf' }), [
      { rule: 'counter-value', place: 'family[0].metric[0].counter', text: '-1' },
    ]);
  });

  it('finds something in every beginning of a message', () => {
    const { body } = GOOD_MESSAGES[0]!;
    for (let length = 1; length < body.length; length++)
      assert.notDeepEqual(
        checkExposition(body.subarray(0, length), { format: 'protobuf' }),
        [],
        `${length} bytes`,
      );
  });
});

describe('the rules', () => {
  it('have a planted exposition each', () => {
    const planted = new Set([...PLANTED_TEXTS, ...PLANTED_MESSAGES].map(({ rule }) => rule));
    assert.deepEqual(
      Object.keys(RULES).filter(rule => !planted.has(rule as never)),
      [],
    );
  });
});

describe('the form of a number', () => {
  it('is the shortest decimal, or the name of what is none', () => {
    for (const text of [
      '0',
      '-0',
      '1',
      '1.5',
      '1e+21',
      '5e-324',
      '0.1',
      '100',
      'NaN',
      '+Inf',
      '-Inf',
      '1.7976931348623157e+308',
    ])
      assert.notEqual(shortestNumber(text), undefined, text);
    for (const text of [
      '',
      'Inf',
      'inf',
      'nan',
      '+1',
      '0x1',
      '1_0',
      '0.10000000000000001',
      '1e999',
      '.5',
      'Infinity',
    ])
      assert.equal(shortestNumber(text), undefined, text);
  });

  it('of a bound is canonical, or that of prom-client', () => {
    const CANONICAL = [
      '0.0',
      '0.001',
      '1.0',
      '10.0',
      '100000.0',
      '1e-05',
      '1e+06',
      '+Inf',
      '0.0001',
      '-1.0',
      '1.5e-07',
      '1e+100',
      '123456.5',
      '1.234567e+06',
    ];
    for (const text of CANONICAL) assert.ok(isBoundText(text, 'canonical'), text);
    for (const text of [
      '1',
      '0',
      '1.00',
      '1000000.0',
      '1e+6',
      '1e-5',
      '0.00001',
      '01.0',
      '1E+06',
      '10e+05',
      '1.0e+06',
      'NaN',
    ])
      assert.ok(!isBoundText(text, 'canonical'), text);
    for (const text of ['0', '1', '0.001', '1000000', '1e-7', '1e+21', '+Inf', '-1'])
      assert.ok(isBoundText(text, 'prom-client'), text);
    for (const text of ['1.0', '1e+06', '1e-05', '00']) assert.ok(!isBoundText(text, 'prom-client'), text);
  });
});
