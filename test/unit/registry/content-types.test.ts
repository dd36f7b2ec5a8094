import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry, openMetricsContentType, prometheusContentType } from '../../../src/index.js';

const PLAIN = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

describe('the content type of a registry', () => {
  it('is one of two, under their names', () => {
    assert.deepEqual([prometheusContentType, openMetricsContentType], [PLAIN, OPEN]);
    assert.deepEqual([Registry.PROMETHEUS_CONTENT_TYPE, Registry.OPENMETRICS_CONTENT_TYPE], [PLAIN, OPEN]);
    assert.equal(new Registry().contentType, PLAIN);
    assert.equal(new Registry(OPEN).contentType, OPEN);
  });

  it('is that of metrics(), and of render() unless a scraper accepts another one', async () => {
    const registry = new Registry(OPEN);
    registry.counter({ name: 'c_total', help: 'C.' }).inc();
    assert.match(await registry.metrics(), /^# TYPE c counter\n[^]*# EOF\n$/);
    const types = [undefined, PLAIN, OPEN].map(accept => registry.contentTypeFor(accept));
    assert.deepEqual(types, [OPEN, PLAIN, OPEN]);
    assert.equal((await registry.render()).contentType, OPEN);
    assert.equal((await registry.render({ accept: PLAIN })).contentType, PLAIN);
    registry.setContentType(PLAIN);
    assert.equal(await registry.metrics(), '# HELP c_total C.\n# TYPE c_total counter\nc_total 1\n');
  });

  it('is refused when it is another, with the errors of prom-client; the one that is set stays', () => {
    const message =
      /^Content type text\/html is unsupported; it must be one of 'text\/plain; .*', 'application\/open/;
    assert.throws(() => new Registry('text/html' as never), { name: 'TypeError', message });
    const registry = new Registry(OPEN);
    assert.throws(() => registry.setContentType('text/html' as never), { name: 'Error', message });
    assert.equal(registry.contentType, OPEN);
  });
});

describe('a registry that was never used', () => {
  it('takes no memory to be scraped', async () => {
    const registry = new Registry();
    assert.equal(await registry.metrics(), '');
    assert.deepEqual(await registry.getMetricsAsJSON(), []);
    registry.resetMetrics();
    registry.removeSingleMetric('m');
    registry.clear();
    // Its first use is what attaches the thread.
    const { started } = registry as unknown as { started: unknown };
    assert.equal(started, undefined);
    assert.deepEqual(
      registry.threads().map(({ threadId }) => threadId),
      [0],
    );
  });
});
