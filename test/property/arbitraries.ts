/** Arbitraries: the inputs that break things, more often than chance would give them. */
import fc from 'fast-check';

/** Any text: separators, quotes, escapes, NUL, lone surrogates, names of inherited properties; or a long one. */
export function hostileText(maxLength = 40): fc.Arbitrary<string> {
  const pieces = fc.constantFrom(
    '',
    ',',
    '|',
    '"',
    '\\',
    '\n',
    '\\n',
    '\0',
    '=',
    '{',
    '}',
    ' ',
    '\r',
    'a',
    'b',
    'le',
    'é',
    '€',
    '😀',
    '\ud800',
    '\udc00',
    '__proto__',
    'constructor',
    '\u0001',
    '\u00ff',
    '\ufeff',
  );
  return fc.oneof(
    fc.array(pieces, { maxLength: 8 }).map(parts => parts.join('').slice(0, maxLength)),
    fc.string({ unit: 'binary', maxLength }),
    fc.string({ maxLength }),
    fc.integer({ min: 0, max: maxLength }).map(length => 'x'.repeat(length)),
  );
}

/** What a label value or a help text becomes in UTF-8: lone surrogates cannot be encoded. */
export function asEncoded(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

/** Any double, with those at which spellings, carries and signs change. */
export function anyDouble(): fc.Arbitrary<number> {
  const powers = fc
    .tuple(fc.integer({ min: -1_074, max: 1_023 }), fc.integer({ min: -2, max: 2 }), fc.constantFrom(1, -1))
    .map(([exponent, delta, sign]) => sign * (2 ** exponent + delta));
  return fc.oneof(
    fc.double(),
    powers,
    fc.integer(),
    fc.maxSafeInteger(),
    fc.constantFrom(0, -0, 5e-324, 1e21, 1e-7),
  );
}

/** The next double above (1) or below (-1) a finite one. */
export function neighbourOf(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * 5e-324;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 === direction > 0 ? 1n : -1n));
  return view.getFloat64(0);
}
