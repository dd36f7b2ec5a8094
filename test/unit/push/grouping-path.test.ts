import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigurationError } from '../../../src/index.js';
import { groupingPath } from '../../../src/push/grouping-path.js';

describe('the path of a group', () => {
  const CASES: readonly [string, Parameters<typeof groupingPath>[0], string][] = [
    ['a job', { jobName: 'backup' }, '/metrics/job/backup'],
    ['groupings, in their order', { jobName: 'j', groupings: { b: 'x', a: 2 } }, '/metrics/job/j/b/x/a/2'],
    ['no job', { groupings: { a: 'x' } }, '/metrics'],
    ['what a URL encodes', { jobName: 'a b?é' }, '/metrics/job/a%20b%3F%C3%A9'],
    ['a slash', { jobName: '/var/tmp' }, '/metrics/job@base64/L3Zhci90bXA'],
    ['an empty value', { jobName: 'j', groupings: { a: '' } }, '/metrics/job/j/a@base64/='],
    ['a place in a path', { jobName: '..' }, '/metrics/job@base64/Li4'],
    ['a lone surrogate', { jobName: 'x\ud800' }, '/metrics/job/x%EF%BF%BD'],
  ];
  for (const [name, parameters, expected] of CASES) {
    it(`carries ${name}`, () => assert.equal(groupingPath(parameters), expected));
  }

  it('is refused for names that are no label names, all at once', () =>
    assert.throws(
      () => groupingPath({ jobName: 'j', groupings: { 'a/b': 'x', job: 'y', ok: 'z' } }),
      (error: Error) =>
        error instanceof ConfigurationError && /'a\/b' is no label name.*job is given/.test(error.message),
    ));
});
