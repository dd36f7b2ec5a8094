/** Numbers in documents are those of the results, and were made from them, not typed. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { withProjectNumbers } from '../../bench/harness/project-numbers.js';
import { readResults } from '../../bench/harness/result-file.js';
import { resultsReadme } from '../../bench/harness/results-readme.js';
import { projectRoot, readProjectFile } from './sources.js';

const results = readResults(join(projectRoot, 'bench', 'results'));

describe('measured numbers', () => {
  it('are there for every area', () => {
    assert.deepEqual(
      results.map(result => result.area),
      ['micro', 'accuracy', 'contention', 'scrape', 'http', 'memory', 'blocked', 'otel'],
    );
  });

  it('of the README are those of the results', () => {
    const readme = readProjectFile('README.md');
    assert.equal(readme, withProjectNumbers(readme, results));
  });

  it('of the results README are those of the results', () => {
    assert.equal(readProjectFile('bench/results/README.md'), resultsReadme(results));
  });
});
