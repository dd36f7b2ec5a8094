import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseText } from './text-parser.js';

const HEAD = '# HELP c C.\n# TYPE c counter\n';

describe('the parser of these tests', () => {
  it('reads names, labels, escapes and values', () => {
    const text = `# HELP c a\\\\b\\nc"\n# TYPE c counter\nc{a="x\\"\\\\\\n",b=""} 1.5e-7\nc +Inf\n`;
    assert.deepEqual(parseText(text), [
      {
        name: 'c',
        help: 'a\\b\nc"',
        type: 'counter',
        samples: [
          {
            name: 'c',
            labels: Object.assign(Object.create(null) as object, { a: 'x"\\\n', b: '' }),
            value: 1.5e-7,
          },
          { name: 'c', labels: Object.create(null) as object, value: Infinity },
        ],
      },
    ]);
    assert.deepEqual(parseText(''), []);
  });

  const REFUSED: readonly [string, RegExp][] = [
    [`${HEAD}c 1`, /the last line does not end/],
    ['c 1\n', /a sample before any family/],
    ['# HELP c C.\nc 1\n', /no TYPE after/],
    ['# HELP c C.\n# TYPE d counter\n', /no TYPE after/],
    [`${HEAD}${HEAD}`, /c is there twice/],
    [`${HEAD}d 1\n`, /not of c/],
    [`${HEAD}c_sum 1\n`, /not of c/],
    [`${HEAD}\n`, /not of c/],
    [`${HEAD}c{a="x"\n`, /no end of the labels/],
    [`${HEAD}c{a="x",} 1\n`, /no label/],
    [`${HEAD}c{} 1\n`, /no label/],
    [`${HEAD}c{a="x"y"} 1\n`, /no end of the labels/],
    [`${HEAD}c{a="\\t"} 1\n`, /no label/],
    [`${HEAD}c{a="x\ny"} 1\n`, /no label/],
    [`${HEAD}c{a="1",a="2"} 1\n`, /label a is there twice/],
    [`${HEAD}c  1\n`, /no value/],
    [`${HEAD}c Infinity\n`, /no value/],
    [`${HEAD}c 1 2\n`, /no value/],
    [`${HEAD}c Nan\n`, /no value/],
  ];
  for (const [text, message] of REFUSED) {
    it(`refuses ${JSON.stringify(text.replace(HEAD, ''))}`, () =>
      assert.throws(() => parseText(text), message));
  }
});
