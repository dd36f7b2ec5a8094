/** Hostile texts: label values and states that break out of their quotes, lines or encoding where one is not careful. */
export const HOSTILE_TEXTS: readonly string[] = [
  'say "hi"',
  'C:\\dir\\',
  'two\nlines',
  '\\n',
  '}, {a="x"} 1',
  ' # {a="x"} 1',
  '# EOF',
  '# HELP x',
  'a="b",c="d"',
  'tab\t cr\r nul\0',
  'é 日本 😀 \u2028 \ufeff \u0085',
  'lone \ud800 surrogate',
  '__proto__',
  ' ',
  ',',
];
