/** Name escaping, for names of all characters. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { escapeLabelName, escapeMetricName } from '../../src/primitives/name-escaping.js';
import type { Escaping } from '../../src/primitives/name-escaping.js';

const LEGACY_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LEGACY_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const SCHEMES: readonly Escaping[] = ['underscores', 'dots', 'values'];

/** Any text, and texts of the characters that the schemes themselves write. */
const name = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.string({ unit: 'grapheme', minLength: 1 }),
  fc.string({
    unit: fc.constantFrom('U', '_', '.', 'a', '2', 'e', ':', ' ', 'dot', '_dot_', 'U__', '🦆'),
    minLength: 1,
  }),
);

/** The way back, as the specification describes it, for names that are escaped rightly. */
function decodeValues(escaped: string): string {
  if (!escaped.startsWith('U__')) return escaped;
  return escaped.slice(3).replace(/__|_([0-9a-f]+)_/g, (_, code?: string) => {
    return code === undefined ? '_' : String.fromCodePoint(parseInt(code, 16));
  });
}

function decodeDots(escaped: string): string {
  return escaped.replace(/__|_dot_/g, part => (part === '__' ? '_' : '.'));
}

/** A mutant: as the other libraries, it leaves every legacy name alone, also one that looks escaped. */
function escapeAsOthers(text: string): string {
  return LEGACY_METRIC.test(text) ? text : escapeMetricName(text, 'values');
}

describe('an escaped name', () => {
  it('is a legacy name, whatever it was', () => {
    fc.assert(
      fc.property(name, fc.constantFrom(...SCHEMES), (text, scheme) => {
        assert.match(escapeMetricName(text, scheme), LEGACY_METRIC);
        assert.match(escapeLabelName(text, scheme), LEGACY_LABEL);
      }),
      { numRuns: 2_000 },
    );
  });

  it('can be decoded from values, for metrics and for labels', () => {
    fc.assert(
      fc.property(name, text => {
        // What has no bytes in UTF-8 is one character there.
        const wellFormed = Buffer.from(text).toString();
        assert.equal(decodeValues(escapeMetricName(text, 'values')), wellFormed);
        assert.equal(decodeValues(escapeLabelName(text, 'values')), wellFormed);
      }),
      { numRuns: 2_000 },
    );
  });

  it('that looks escaped before is what a mutant gets wrong', () => {
    assert.equal(decodeValues(escapeMetricName('U__a_2e_b', 'values')), 'U__a_2e_b');
    assert.equal(decodeValues(escapeAsOthers('U__a_2e_b')), 'a.b');
  });

  it('can be decoded from dots, when nothing but dots had to be escaped', () => {
    const dotted = fc.stringMatching(/^[a-z_][a-z0-9_.]*$/);
    fc.assert(fc.property(dotted, text => assert.equal(decodeDots(escapeMetricName(text, 'dots')), text)));
  });

  it('is the name itself with allow-utf-8, and a legacy name is itself with underscores', () => {
    fc.assert(
      fc.property(name, text => {
        assert.equal(escapeMetricName(text, 'allow-utf-8'), text);
        if (LEGACY_METRIC.test(text)) assert.equal(escapeMetricName(text, 'underscores'), text);
        if (LEGACY_LABEL.test(text)) assert.equal(escapeLabelName(text, 'underscores'), text);
      }),
    );
  });

  it('has as many characters as before with underscores', () => {
    fc.assert(
      fc.property(name, text =>
        assert.equal(escapeMetricName(text, 'underscores').length, Array.from(text).length),
      ),
    );
  });
});
