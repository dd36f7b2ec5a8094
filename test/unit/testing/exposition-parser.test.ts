import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MetricsError } from '../../../src/index.js';
import { ExpositionSyntaxError, parseExposition } from '../../../src/testing/index.js';

const HEAD = '# HELP c C.\n# TYPE c counter\n';

describe('the parser of expositions', () => {
  it('reads names, labels, escapes, values and times', () => {
    const text = `# HELP c a\\\\b\\nc"\n# TYPE c counter\nc{a="x\\"\\\\\\n",b="",__proto__="p"} 1.5e-7\nc +Inf -5\n`;
    const samples = [
      {
        name: 'c',
        labels: Object.fromEntries([
          ['a', 'x"\\\n'],
          ['b', ''],
          ['__proto__', 'p'],
        ]),
        value: 1.5e-7,
      },
      { name: 'c', labels: {}, value: Infinity, timestampMs: -5 },
    ];
    assert.deepEqual(parseExposition(text), [{ name: 'c', help: 'a\\b\nc"', type: 'counter', samples }]);
    assert.deepEqual(parseExposition(''), []);
    assert.deepEqual(parseExposition('\n \t\n# a comment\n#\n# HELPFUL x\n'), []);
  });

  it('takes blanks between tokens, indents, and what the grammar leaves out', () => {
    const text = `
      #  TYPE \t h  histogram\t
      # HELP h  two blanks in front, one behind\u0020
      h_bucket { le = "1" , a="x", } 2
      h_bucket{le="+Inf",a="x"}\t2
      h_sum{a="x"} 0.5
      h_count{a="x"} 2
      untyped{} 7
      `;
    const [histogram, untyped, ...others] = parseExposition(text);
    assert.equal(histogram!.help, ' two blanks in front, one behind ');
    assert.deepEqual(
      histogram!.samples.map(({ name, value }) => [name, value]),
      [
        ['h_bucket', 2],
        ['h_bucket', 2],
        ['h_sum', 0.5],
        ['h_count', 2],
      ],
    );
    const sample = { name: 'untyped', labels: {}, value: 7 };
    assert.deepEqual(untyped, { name: 'untyped', help: undefined, type: 'untyped', samples: [sample] });
    assert.deepEqual(others, []);
    assert.deepEqual(
      parseExposition('# HELP c\n# TYPE c summary\nc{quantile="0.5"} NaN\nc_sum 1\n')[0]!.help,
      '',
    );
  });

  it('gives parts to the histogram or summary that they are of, and other names their own family', () => {
    const text =
      '# TYPE a summary\na{quantile="1"} 1\na_count 1\na_bucket 1\n# TYPE b_sum gauge\nb_sum 1\nb_count 1\n';
    assert.deepEqual(
      parseExposition(text).map(({ name, samples }) => [name, samples.length]),
      [
        ['a', 2],
        ['a_bucket', 1],
        ['b_sum', 1],
        ['b_count', 1],
      ],
    );
  });

  const VALUES: readonly [string, number][] = [
    ['0', 0],
    ['-1', -1],
    ['+1.', 1],
    ['.5', 0.5],
    ['1E3', 1_000],
    ['1e+03', 1_000],
    ['nan', NaN],
    ['Nan', NaN],
    ['-inf', -Infinity],
    ['+Infinity', Infinity],
    ['Inf', Infinity],
    ['123456789012345678', 123456789012345680],
  ];
  for (const [text, value] of VALUES) {
    it(`reads ${text}`, () => assert.equal(parseExposition(`c ${text}\n`)[0]!.samples[0]!.value, value));
  }

  it('reads names in quotes, of families, samples and labels', () => {
    const text = [
      '# HELP "my.\\"h\\"" Quoted "help".',
      '# TYPE "my.\\"h\\"" histogram',
      '{"my.\\"h\\"_bucket",le="1.0","a.b"="x"} 1',
      '{ "my.\\"h\\"_bucket" , "le"="+Inf","a.b"="x", } 2',
      '{"my.\\"h\\"_count"} 2',
      '# TYPE "legacy" gauge',
      '{"legacy"} 3',
      'legacy{"日 \\\\\\n"="y"} 4',
    ].join('\n');
    assert.deepEqual(parseExposition(`${text}\n`), [
      {
        name: 'my."h"',
        help: 'Quoted "help".',
        type: 'histogram',
        samples: [
          { name: 'my."h"_bucket', labels: { le: '1.0', 'a.b': 'x' }, value: 1 },
          { name: 'my."h"_bucket', labels: { le: '+Inf', 'a.b': 'x' }, value: 2 },
          { name: 'my."h"_count', labels: {}, value: 2 },
        ],
      },
      {
        name: 'legacy',
        help: undefined,
        type: 'gauge',
        samples: [
          { name: 'legacy', labels: {}, value: 3 },
          { name: 'legacy', labels: { '日 \\\n': 'y' }, value: 4 },
        ],
      },
    ]);
  });

  const REFUSED: readonly [string, number, RegExp][] = [
    [`${HEAD}c 1`, 3, /does not end with a line feed/],
    [`${HEAD}${HEAD}`, 3, /a second HELP of c/],
    ['# TYPE c counter\n# TYPE c gauge\n', 2, /a second TYPE of c/],
    ['c 1\n# TYPE c counter\n', 2, /TYPE of c behind its samples/],
    ['c 1\n# HELP c C.\n', 2, /HELP of c behind its samples/],
    ['c{a="1"} 1\nd 1\nc{a="2"} 1\n', 3, /c goes on behind d/],
    ['# TYPE c info\n', 1, /type info of c is none of counter, gauge, histogram, summary, untyped/],
    ['# TYPE c\n', 1, /neither HELP nor TYPE of a family/],
    ['# HELP\n', 1, /neither HELP nor TYPE of a family/],
    ['# TYPE c-d counter\n', 1, /c-d is no metric name/],
    ['# TYPE "c.d"counter\n', 1, /is no metric name/],
    ['# TYPE "" counter\n', 1, /is no metric name/],
    ['# HELP "c.d C.\n', 1, /is no metric name/],
    ['# TYPE "c.d" counter\nc.d 1\n', 2, /value .d is no number/],
    ['{"c.d"="x"} 1\n', 1, /no ',' or '}' behind metric name c.d/],
    ['{"c.d" "a"="x"} 1\n', 1, /no ',' or '}' behind metric name c.d/],
    ['{a="x","c.d"} 1\n', 1, /no metric name/],
    ['c{"d.e"} 1\n', 1, /no '=' behind label d.e/],
    ['{"c","a"="1",a="2"} 1\n', 1, /label a is there twice/],
    ['{"c"} 1\nc 2\n', 2, /c is there twice with the same labels/],
    ['{"c.\\t"} 1\n', 1, /no metric name/],
    ['{""} 1\n', 1, /an empty name/],
    ['# HELP c C:\\dir\n', 1, /an escape other than .* in the HELP of c/],
    ['# HELP c trailing \\\n', 1, /an escape other than .* in the HELP of c/],
    ['-c 1\n', 1, /no metric name/],
    ['{a="b"} 1\n', 1, /no metric name/],
    [`${HEAD}c{a="x"\n`, 3, /no ',' or '}' behind label a/],
    [`${HEAD}c{,} 1\n`, 3, /no label name or '}'/],
    [`${HEAD}c{a="x",,} 1\n`, 3, /no label name or '}'/],
    [`${HEAD}c{a:b="x"} 1\n`, 3, /no '=' behind label a/],
    [`${HEAD}c{a="x"y"} 1\n`, 3, /no ',' or '}' behind label a/],
    [`${HEAD}c{a="\\t"} 1\n`, 3, /no text in quotes with the escapes/],
    [`${HEAD}c{a="x\ny"} 1\n`, 3, /no text in quotes with the escapes/],
    [`${HEAD}c{a=x} 1\n`, 3, /no text in quotes with the escapes/],
    [`${HEAD}c{a="1",a="2"} 1\n`, 3, /label a is there twice/],
    [`${HEAD}c{a="1",b="2"} 1\nc{b="2",a="1"} 1\n`, 4, /c is there twice with the same labels/],
    [`${HEAD}c 1\nc{a=""} 1\n`, 4, /c is there twice with the same labels/],
    [`${HEAD}c\n`, 3, /no value/],
    [`${HEAD}c 0x10\n`, 3, /value 0x10 is no number/],
    [`${HEAD}c 1_000\n`, 3, /value 1_000 is no number/],
    [`${HEAD}c 1\r\n`, 3, /is no number/],
    [`${HEAD}c 1 2.5\n`, 3, /2.5 behind the value is no time in ms/],
    [`${HEAD}c 1 2 # {} 3\n`, 3, /something stands behind the time/],
    ['# TYPE h histogram\nh 1\n', 2, /h is no sample of the histogram h/],
    ['# TYPE h histogram\nh_bucket 1\n', 2, /h_bucket has no number in its label le/],
    ['# TYPE h histogram\nh_bucket{le="x"} 1\n', 2, /h_bucket has no number in its label le/],
    ['# TYPE s summary\ns 1\n', 2, /s has no number in its label quantile/],
  ];
  for (const [text, line, message] of REFUSED) {
    it(`refuses ${JSON.stringify(text.replace(HEAD, ''))}, and names the line`, () => {
      assert.throws(
        () => parseExposition(text),
        (error: unknown) => {
          assert.ok(error instanceof ExpositionSyntaxError && error instanceof MetricsError);
          assert.deepEqual([error.code, error.line], ['ERR_EXPOSITION_SYNTAX', line]);
          assert.ok(error.message.startsWith(`line ${line}: `), error.message);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});
