import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MetricsSource } from '../../../src/server/index.js';
import { readScrape } from '../../../src/server/scrape-request.js';
import type { ScrapeRequest } from '../../../src/server/scrape-request.js';
import { fixedSource } from '../../integration/server-sources.js';

const PLAIN: ScrapeRequest = { target: '/metrics', accept: '', acceptEncoding: '', scrapeTimeout: '' };

function scrapeOf(request: Partial<ScrapeRequest>, source: MetricsSource = fixedSource('')) {
  return readScrape(source, { ...PLAIN, ...request }, ['gzip']);
}

const QUERIES: readonly [target: string, names: string[] | undefined][] = [
  ['/metrics', undefined],
  ['/metrics?', undefined],
  ['/metrics?name=up&names[]=up&NAME[]=up', undefined],
  ['/metrics?name[]=up', ['up']],
  ['/metrics?name%5B%5D=up&x=1&name[]=a+b%2Bc', ['a b+c', 'up']],
  ['/metrics?name[]=b&name[]=a&name[]=b', ['a', 'b']],
  ['http://host:9464/metrics?name[]=up', ['up']],
  ['/metrics?name[]', ['']],
  ['/metrics?name[]=', ['']],
  ['/metrics?name[]=%ZZ&name[]=%F0%9F%A6%86', ['%ZZ', '🦆']],
];

describe('the names in a query', () => {
  for (const [target, names] of QUERIES) {
    it(`are ${JSON.stringify(names)} in ${target}`, () =>
      assert.deepEqual(scrapeOf({ target }).names, names));
  }
});

const TIMEOUTS: readonly [scrapeTimeout: string, timeoutMs: number | undefined][] = [
  ['10', 9_500],
  ['1', 900],
  ['0.5', 450],
  ['60', 59_500],
  ['1e1', 9_500],
  ['999999999999', 600_000],
  ['', undefined],
  [' ', undefined],
  ['0', undefined],
  ['-1', undefined],
  ['NaN', undefined],
  ['Infinity', 600_000],
  ['10s', undefined],
  ['10, 10', undefined],
];

describe('the timeout of a scraper', () => {
  for (const [scrapeTimeout, timeoutMs] of TIMEOUTS) {
    it(`of ${JSON.stringify(scrapeTimeout)} s leaves ${timeoutMs} ms`, () =>
      assert.equal(scrapeOf({ scrapeTimeout }).timeoutMs, timeoutMs));
  }
});

describe('the kind of a scrape', () => {
  const byFormat: MetricsSource = {
    ...fixedSource(''),
    contentTypeFor: accept => (accept.includes('openmetrics') ? 'openmetrics' : 'text'),
  };

  it('is the same for the same format, filter and timeout', () => {
    const kind = (request: Partial<ScrapeRequest>): string => scrapeOf(request, byFormat).kind;
    assert.equal(kind({ accept: 'text/plain' }), kind({ accept: '*/*', acceptEncoding: 'gzip' }));
    assert.equal(
      kind({ target: '/metrics?name[]=a&name[]=b' }),
      kind({ target: '/m?name[]=b&name[]=a&x=1' }),
    );
    const kinds = [
      {},
      { accept: 'application/openmetrics-text' },
      { target: '/metrics?name[]=a' },
      { target: '/metrics?name[]=a,b' },
      { target: '/metrics?name[]=a&name[]=b' },
      { target: '/metrics?name[]=' },
      { scrapeTimeout: '10' },
      { scrapeTimeout: '5' },
    ].map(kind);
    assert.equal(new Set(kinds).size, kinds.length);
  });

  it('is that of the Accept header for a source that does not say what it makes of it', () => {
    assert.notEqual(scrapeOf({ accept: 'text/plain' }).kind, scrapeOf({ accept: '*/*' }).kind);
    assert.equal(scrapeOf({ accept: 'text/plain' }).kind, scrapeOf({ accept: 'text/plain' }).kind);
  });
});

describe('a scrape', () => {
  it('is read from any request', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(
        fc.record({ target: text, accept: text, acceptEncoding: text, scrapeTimeout: text }),
        request => {
          const { timeoutMs = 1, accept } = scrapeOf(request);
          assert.ok(timeoutMs > 0 && timeoutMs <= 600_000);
          assert.equal(accept, request.accept);
        },
      ),
    );
  });
});
