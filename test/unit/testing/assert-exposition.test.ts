import assert from 'node:assert/strict';
import { AssertionError } from 'node:assert';
import { describe, it } from 'node:test';
import promClient from 'prom-client';
import { Registry } from '../../../src/index.js';
import type { ExpositionOptions } from '../../../src/testing/index.js';
import { assertExposition, sampleValue } from '../../../src/testing/index.js';

const ACTUAL = `# HELP jobs_total Jobs done.
# TYPE jobs_total counter
jobs_total{queue="mail",node="a"} 3
jobs_total{queue="push",node="a"} 2
# HELP depth Depth.
# TYPE depth gauge
depth NaN
# HELP t_seconds Time.
# TYPE t_seconds histogram
t_seconds_bucket{le="1"} 1
t_seconds_bucket{le="+Inf"} 2
t_seconds_sum 0.30000000000000004
t_seconds_count 2
`;

/** The message of the AssertionError; 'none' when the texts mean the same. */
async function failure(actual: string, expected: string, options?: ExpositionOptions): Promise<string> {
  try {
    await assertExposition(actual, expected, options);
  } catch (error) {
    assert.ok(error instanceof AssertionError, String(error));
    return error.message;
  }
  return 'none';
}

function diff(...lines: string[]): string {
  return ['the exposition is not the expected one (- expected, + actual):', ...lines].join('\n');
}

describe('assertExposition', () => {
  it('passes for what means the same: order, blanks, comments, spelling of numbers', async () => {
    await assertExposition(ACTUAL, ACTUAL);
    await assertExposition(
      ACTUAL,
      `
      # as the histogram should be
      # TYPE t_seconds histogram
      # HELP t_seconds   Time.
      t_seconds_count 2e0
      t_seconds_sum 0.30000000000000004
      t_seconds_bucket{le="+Inf"} 2
      t_seconds_bucket{le="1.0"} 1.0

      # HELP depth Depth.
      # TYPE depth gauge
      depth Nan
      # HELP jobs_total Jobs done.
      # TYPE jobs_total counter
      jobs_total{queue="push",node="a",zone=""} 2
      jobs_total{ node = "a", queue="mail" } 3`,
    );
    await assertExposition('', '');
  });

  it('shows what is missing, unexpected and different, by family', async () => {
    const expected = ACTUAL.replace('"mail",node="a"} 3', '"mail",node="a"} 4')
      .replace('queue="push"', 'queue="sms"')
      .replace('TYPE depth gauge', 'TYPE depth counter')
      .replace('Time.', 'Times.');
    assert.equal(
      await failure(ACTUAL, expected),
      diff(
        '  # TYPE jobs_total counter',
        '- jobs_total{node="a",queue="mail"} 4',
        '+ jobs_total{node="a",queue="mail"} 3',
        '- jobs_total{node="a",queue="sms"} 2',
        '+ jobs_total{node="a",queue="push"} 2',
        '- # TYPE depth counter',
        '+ # TYPE depth gauge',
        '- # HELP t_seconds Times.',
        '+ # HELP t_seconds Time.',
        '  # TYPE t_seconds histogram',
      ),
    );
  });

  it('shows whole families that only one side has', async () => {
    const other = '# TYPE other gauge\nother{a="x\\"\\\\\\n"} -Inf 5\n';
    assert.equal(await failure('', other), diff('- # TYPE other gauge', '- other{a="x\\"\\\\\\n"} -Inf 5'));
    assert.equal(await failure(other, ''), diff('+ # TYPE other gauge', '+ other{a="x\\"\\\\\\n"} -Inf 5'));
    assert.equal(
      await failure(other, '# HELP other O.\n# TYPE other gauge\nother{a="x\\"\\\\\\n"} -Inf 5\n'),
      diff('- # HELP other O.', '  # TYPE other gauge'),
    );
  });

  it('tells apart NaN and numbers, infinities, and times', async () => {
    for (const [is, want] of [
      ['NaN', '0'],
      ['1', 'NaN'],
      ['+Inf', '-Inf'],
      ['1', '1 5'],
      ['1 4', '1 5'],
    ])
      assert.notEqual(await failure(`c ${is}\n`, `c ${want}\n`), 'none', `${is} ${want}`);
    for (const [is, want] of [
      ['NaN', 'nan'],
      ['-Inf', '-infinity'],
      ['-0', '0'],
      ['1 5', '1.0 5'],
    ])
      assert.equal(await failure(`c ${is}\n`, `c ${want}\n`), 'none', `${is} ${want}`);
  });

  it('leaves out HELP, families and small differences where it is told to', async () => {
    const expected = '# TYPE t_seconds histogram\n' + ACTUAL.split('\n').slice(9, 13).join('\n');
    const rounded = expected.replace('0.30000000000000004', '0.3');
    const options = { names: ['t_seconds'], ignoreHelp: true };
    assert.equal(await failure(ACTUAL, expected, options), 'none');
    assert.notEqual(await failure(ACTUAL, rounded, options), 'none');
    assert.equal(await failure(ACTUAL, rounded, { ...options, tolerance: 1e-9 }), 'none');
    assert.notEqual(await failure('c 1\n', 'c 1.2\n', { tolerance: 0.1 }), 'none');
    assert.notEqual(await failure('c 1\n', 'c +Inf\n', { tolerance: 0.1 }), 'none');
    assert.equal(
      await failure(ACTUAL, ACTUAL, { names: ['jobs_total', 'jobs'] }),
      'names: neither the actual nor the expected exposition has a family jobs',
    );
  });

  it('names the line of a text that is no exposition, and which text it is', async () => {
    assert.equal(
      await failure(ACTUAL, `${ACTUAL}jobs_total{queue=mail} 3`),
      'the expected text is no exposition: line 14: no text in quotes with the escapes \\\\, \\" and \\n as value of ' +
        'queue: jobs_total{queue=mail} 3',
    );
    assert.match(await failure('c\n', 'c 1\n'), /^the actual text is no exposition: line 1: no value: c$/);
  });

  it('carries both canonical texts, for reporters that compare by themselves', async () => {
    await assert.rejects(assertExposition('c{b="1",a="2"} 1.0\n', 'c 2\n'), {
      code: 'ERR_ASSERTION',
      actual: '# TYPE c untyped\nc{a="2",b="1"} 1',
      expected: '# TYPE c untyped\nc 2',
      operator: 'assertExposition',
    });
  });

  it('shows the first hundred lines of a long difference', async () => {
    const text = Array.from({ length: 150 }, (_, i) => `c{i="${i}"} 1\n`).join('');
    const message = await failure(text, '');
    assert.equal(message.split('\n').length, 102);
    assert.match(message, /\n\.\.\. and 51 more lines$/);
  });

  it('takes a registry, of this package or another, and runs its collect callbacks', async () => {
    const registry = new Registry();
    registry.gauge({
      name: 'g',
      help: 'G.',
      labelNames: ['a'],
      collect() {
        this.set({ a: 'x' }, 5);
      },
    });
    await assertExposition(registry, '# HELP g G.\n# TYPE g gauge\ng{a="x"} 5\n');
    await assert.rejects(assertExposition(registry, ''), AssertionError);
    const theirs = new promClient.Registry();
    new promClient.Gauge({ name: 'g', help: 'G.', registers: [theirs] }).set(NaN);
    await assertExposition(theirs, '# HELP g G.\n# TYPE g gauge\ng NaN\n');
    const failing = { metrics: () => Promise.reject(new Error('no scrape today')) };
    await assert.rejects(assertExposition(failing, ''), /no scrape today/);
  });
});

describe('sampleValue', () => {
  it('is that of the sample with exactly these labels', async () => {
    assert.equal(await sampleValue(ACTUAL, 'jobs_total', { node: 'a', queue: 'mail' }), 3);
    assert.equal(await sampleValue(ACTUAL, 't_seconds_bucket', { le: '+Inf' }), 2);
    assert.equal(await sampleValue(ACTUAL, 'depth'), NaN);
    assert.equal(await sampleValue(ACTUAL, 'depth', { queue: '' }), NaN);
    assert.equal(await sampleValue(ACTUAL, 'jobs_total', { queue: 'mail' }), undefined);
    assert.equal(await sampleValue(ACTUAL, 'jobs_total'), undefined);
    const registry = new Registry();
    registry.counter({ name: 'c', help: 'C.' }).inc(7);
    assert.equal(await sampleValue(registry, 'c'), 7);
  });

  it('is found by names of any characters, as they were defined, and by a bound in any spelling', async () => {
    const registry = new Registry({ nameValidationScheme: 'utf8' });
    const options = { name: 'wait "time"', help: 'W.', labelNames: ['job.kind'], buckets: [1, 2] } as const;
    registry.histogram(options).observe({ 'job.kind': 'x' }, 1.5);
    const kind = { 'job.kind': 'x' };
    assert.equal(await sampleValue(registry, 'wait "time"_sum', kind), 1.5);
    for (const le of ['2', '2.0', '2e0'])
      assert.equal(await sampleValue(registry, 'wait "time"_bucket', { ...kind, le }), 1);
    assert.equal(await sampleValue(registry, 'wait "time"_bucket', { ...kind, le: '3' }), undefined);
    assert.equal(await sampleValue(registry, 'wait__time__sum', kind), undefined);
    const expected = [
      '# TYPE "wait \\"time\\"" histogram',
      '{"wait \\"time\\"_bucket","job.kind"="x",le="1"} 0',
      '{"wait \\"time\\"_bucket","job.kind"="x",le="2"} 1',
      '{"wait \\"time\\"_bucket","job.kind"="x",le="+Inf"} 1',
      '{"wait \\"time\\"_sum","job.kind"="x"} 1.5',
      '{"wait \\"time\\"_count","job.kind"="x"} 1',
    ].join('\n');
    await assertExposition(registry, expected, { ignoreHelp: true });
    const message = await failure(await registry.metrics(), expected);
    assert.match(message, /^- \{"wait \\"time\\"_bucket","job\.kind"="x",le="1"\} 0$/m);
  });
});
