/** The formats of a registry: what it answers an Accept header with, and that its renderers do not disturb each other. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';
import { withBoundForm } from '../../conformance/checked-renderings.js';

const DOTS = 'text/plain;version=1.0.0;escaping=dots';

function recordedRegistry(): Registry {
  const registry = new Registry();
  const jobs = registry.counter({ name: 'jobs_total', help: 'Jobs.', labelNames: ['job_kind'] });
  jobs.inc({ job_kind: 'a_b.c' });
  registry
    .histogram({ name: 'wait_seconds', help: 'Wait.', labelNames: ['job_kind'], buckets: [1] })
    .observe({ job_kind: 'x' }, 1);
  return registry;
}

async function render(registry: Registry, accept?: string, names?: string[]): Promise<string> {
  const { body, release } = await registry.render({ accept, names });
  const text = Buffer.from(body).toString();
  release();
  return text;
}

describe('a registry that is rendered', () => {
  it('answers with the content type that it names before', async () => {
    const registry = recordedRegistry();
    for (const accept of [
      undefined,
      '',
      '*/*',
      'text/plain;version=1.0.0;escaping=values',
      DOTS,
      'application/json',
    ]) {
      const { contentType } = await registry.render({ accept });
      assert.equal(contentType, registry.contentTypeFor(accept));
    }
    assert.equal(registry.contentTypeFor(undefined), registry.contentType);
    assert.equal(registry.contentTypeFor(DOTS), 'text/plain; version=1.0.0; charset=utf-8; escaping=dots');
    registry.close();
  });

  it('escapes the names of families and labels, and no label value', async () => {
    const registry = recordedRegistry();
    const lines = (await render(registry, DOTS)).trim().split('\n');
    assert.deepEqual(lines, [
      '# HELP jobs__total Jobs.',
      '# TYPE jobs__total counter',
      'jobs__total{job__kind="a_b.c"} 1',
      '# HELP wait__seconds Wait.',
      '# TYPE wait__seconds histogram',
      'wait__seconds_bucket{le="1.0",job__kind="x"} 1',
      'wait__seconds_bucket{le="+Inf",job__kind="x"} 1',
      'wait__seconds_sum{job__kind="x"} 1',
      'wait__seconds_count{job__kind="x"} 1',
    ]);
    registry.close();
  });

  it('renders the same in each format, whichever was rendered before', async () => {
    const registry = recordedRegistry();
    const fresh = (accept?: string, names?: string[]): Promise<string> =>
      render(recordedRegistry(), accept, names);
    const [plain, dotted, part] = await Promise.all([fresh(), fresh(DOTS), fresh(undefined, ['jobs'])]);
    for (let round = 0; round < 3; round++) {
      assert.equal(await render(registry), plain);
      assert.equal(await render(registry, DOTS), dotted);
      assert.equal(await render(registry, undefined, ['jobs']), part);
      assert.equal(await render(registry, 'text/plain;version=1.0.0'), plain);
    }
    registry.close();
  });

  it('renders right in more formats than it keeps renderers for', async () => {
    const registry = recordedRegistry();
    const accepts = ['0.0.4', '1.0.0'].flatMap(version =>
      ['underscores', 'values', 'allow-utf-8'].map(
        escaping => `text/plain;version=${version};escaping=${escaping}`,
      ),
    );
    const expected = await render(recordedRegistry());
    for (const accept of [...accepts, ...accepts])
      assert.equal(await render(registry, accept), expected, accept);
    registry.close();
  });

  it('spells bounds and quantiles alike in all text formats, also in a thread that attaches', async () => {
    const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';
    const SPELLED = {
      canonical: ['0.005', '1.0', '1e+06', '+Inf', '0.5', '1.0'],
      'prom-client': ['0.005', '1', '1000000', '+Inf', '0.5', '1'],
    } as const;
    for (const labelNumbers of ['canonical', 'prom-client'] as const) {
      const registry = new Registry({ labelNumbers });
      registry.histogram({ name: 'h', help: 'H.', buckets: [0.005, 1, 1e6] }).observe(1);
      registry.summary({ name: 's', help: 'S.', percentiles: [0.5, 1] }).observe(1);
      for (const one of [registry, Registry.attach(registry.share())]) {
        for (const accept of ['', 'text/plain;version=1.0.0', OPENMETRICS, `${OPENMETRICS};escaping=dots`]) {
          const text = await withBoundForm(labelNumbers, () => render(one, accept));
          const numbers = [...text.matchAll(/\b(?:le|quantile)="([^"]*)"/g)].map(match => match[1]);
          assert.deepEqual(numbers, SPELLED[labelNumbers], `${labelNumbers} ${accept}`);
        }
        const [histogram] = await one.getMetricsAsJSON();
        assert.deepEqual(
          histogram!.values.slice(0, 4).map(({ labels }) => labels['le']),
          [0.005, 1, 1e6, '+Inf'],
        );
      }
      registry.close();
    }
    assert.match(await render(recordedRegistry()), /le="1\.0"/, 'by default canonical');
  });
});
