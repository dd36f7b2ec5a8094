/** Names that are no legacy names, line by line in every format. What they read back as is in test/property. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../../src/index.js';
import { decodeFamilies } from './decoded-families.js';

function recordedRegistry(): Registry {
  const registry = new Registry({ nameValidationScheme: 'utf8' });
  registry
    .counter({ name: 'jobs.done_total', help: 'Jobs.', labelNames: ['job.kind'] })
    .inc({ 'job.kind': 'a.b' });
  registry.gauge({ name: 'queue "depth"\n', help: 'Depth.' }).set(2);
  registry
    .histogram({
      name: 'wait.time_seconds',
      help: 'Wait.',
      unit: 'seconds',
      labelNames: ['日'],
      buckets: [1],
    })
    .observe({ 日: 'x' }, 1);
  registry.summary({ name: 'size.bytes', help: 'Size.', percentiles: [0.5] }).observe(0);
  registry
    .info({ name: 'build.x', help: 'Build.', labelNames: ['git.commit'] })
    .set({ 'git.commit': 'c0ffee' });
  registry.stateSet({ name: 'mode.of', help: 'Mode.', states: ['on', 'off'] });
  registry
    .gauge({ name: 'lag', help: 'Lag.', labelNames: ['a b'], aggregator: 'thread' })
    .set({ 'a b': '1' }, 3);
  return registry;
}

async function linesOf(accept: string): Promise<string[]> {
  const { body } = await recordedRegistry().render({ accept });
  return Buffer.from(body)
    .toString()
    .replace(/(_created"?[},][^ ]*|_created) \d\S*/g, '$1 T')
    .split('\n')
    .slice(0, -1);
}

const QUOTED = [
  '# HELP "jobs.done_total" Jobs.',
  '# TYPE "jobs.done_total" counter',
  '{"jobs.done_total","job.kind"="a.b"} 1',
  '# HELP "queue \\"depth\\"\\n" Depth.',
  '# TYPE "queue \\"depth\\"\\n" gauge',
  '{"queue \\"depth\\"\\n"} 2',
  '# HELP "wait.time_seconds" Wait.',
  '# TYPE "wait.time_seconds" histogram',
  '{"wait.time_seconds_bucket",le="1.0","日"="x"} 1',
  '{"wait.time_seconds_bucket",le="+Inf","日"="x"} 1',
  '{"wait.time_seconds_sum","日"="x"} 1',
  '{"wait.time_seconds_count","日"="x"} 1',
  '# HELP "size.bytes" Size.',
  '# TYPE "size.bytes" summary',
  '{"size.bytes",quantile="0.5"} 0',
  '{"size.bytes_sum"} 0',
  '{"size.bytes_count"} 1',
  '# HELP "build.x_info" Build.',
  '# TYPE "build.x_info" gauge',
  '{"build.x_info","git.commit"="c0ffee"} 1',
  '# HELP "mode.of" Mode.',
  '# TYPE "mode.of" gauge',
  '{"mode.of","mode.of"="on"} 1',
  '{"mode.of","mode.of"="off"} 0',
  '# HELP lag Lag.',
  '# TYPE lag gauge',
  'lag{"a b"="1",thread="0"} 3',
];

const OPEN_QUOTED = [
  '# TYPE "jobs.done" counter',
  '# HELP "jobs.done" Jobs.',
  '{"jobs.done_total","job.kind"="a.b"} 1',
  '{"jobs.done_created","job.kind"="a.b"} T',
  '# TYPE "queue \\"depth\\"\\n" gauge',
  '# HELP "queue \\"depth\\"\\n" Depth.',
  '{"queue \\"depth\\"\\n"} 2',
  '# TYPE "wait.time_seconds" histogram',
  '# UNIT "wait.time_seconds" seconds',
  '# HELP "wait.time_seconds" Wait.',
  '{"wait.time_seconds_bucket",le="1.0","日"="x"} 1',
  '{"wait.time_seconds_bucket",le="+Inf","日"="x"} 1',
  '{"wait.time_seconds_sum","日"="x"} 1',
  '{"wait.time_seconds_count","日"="x"} 1',
  '{"wait.time_seconds_created","日"="x"} T',
  '# TYPE "size.bytes" summary',
  '# HELP "size.bytes" Size.',
  '{"size.bytes",quantile="0.5"} 0',
  '{"size.bytes_sum"} 0',
  '{"size.bytes_count"} 1',
  '{"size.bytes_created"} T',
  '# TYPE "build.x" info',
  '# HELP "build.x" Build.',
  '{"build.x_info","git.commit"="c0ffee"} 1',
  '# TYPE "mode.of" stateset',
  '# HELP "mode.of" Mode.',
  '{"mode.of","mode.of"="on"} 1',
  '{"mode.of","mode.of"="off"} 0',
  '# TYPE lag gauge',
  '# HELP lag Lag.',
  'lag{"a b"="1",thread="0"} 3',
  '# EOF',
];

/** The names in the TYPE lines, and the label of the histogram. */
const ESCAPED: Readonly<Record<string, readonly string[]>> = {
  underscores: [
    'jobs_done_total',
    'queue__depth__',
    'wait_time_seconds',
    'size_bytes',
    'build_x_info',
    'mode_of',
  ],
  dots: [
    'jobs_dot_done__total',
    'queue____depth____',
    'wait_dot_time__seconds',
    'size_dot_bytes',
    'build_dot_x_info',
    'mode_dot_of',
  ],
  values: [
    'U__jobs_2e_done__total',
    'U__queue_20__22_depth_22__a_',
    'U__wait_2e_time__seconds',
    'U__size_2e_bytes',
    'U__build_2e_x_info',
    'U__mode_2e_of',
  ],
};

describe('UTF-8 names', () => {
  for (const version of ['0.0.4', '1.0.0']) {
    it(`stand in quotes in the text format ${version} for a scraper that allows them`, async () => {
      assert.deepEqual(await linesOf(`text/plain;version=${version};escaping=allow-utf-8`), QUOTED);
    });
  }

  it('stand in quotes in OpenMetrics for a scraper that allows them', async () => {
    const accept = 'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8';
    assert.deepEqual(await linesOf(accept), OPEN_QUOTED);
  });

  for (const [escaping, names] of Object.entries(ESCAPED)) {
    it(`are escaped for one that asks for ${escaping}`, async () => {
      const lines = await linesOf(`text/plain;version=1.0.0;escaping=${escaping}`);
      const typed = lines.flatMap(line => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
      assert.deepEqual(typed, [...names, 'lag']);
      assert.ok(lines.every(line => !line.startsWith('{')));
    });
  }

  it('have underscores for one that asks for nothing, and in metrics()', async () => {
    const lines = await linesOf('');
    assert.deepEqual(lines, await linesOf('text/plain;version=1.0.0;escaping=underscores'));
    assert.equal(await recordedRegistry().metrics(), lines.map(line => `${line}\n`).join(''));
    assert.ok(lines.includes('wait_time_seconds_bucket{le="1.0",_="x"} 1'));
  });

  it('stand in protobuf as they are or escaped', async () => {
    const accept =
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
    const namesWith = async (escaping: string): Promise<string[]> => {
      const { body } = await recordedRegistry().render({ accept: `${accept};escaping=${escaping}` });
      return decodeFamilies(body).map(({ name }) => name);
    };
    assert.deepEqual(await namesWith('allow-utf-8'), [
      'jobs.done_total',
      'queue "depth"\n',
      'wait.time_seconds',
      'size.bytes',
      'build.x_info',
      'mode.of',
      'lag',
    ]);
    for (const [escaping, names] of Object.entries(ESCAPED))
      assert.deepEqual(await namesWith(escaping), [...names, 'lag']);
  });

  it('choose single families, as they are and with underscores, of families and of samples', async () => {
    const registry = recordedRegistry();
    for (const name of [
      'wait.time_seconds',
      'wait_time_seconds',
      'wait.time_seconds_bucket',
      'wait_time_seconds_count',
    ])
      assert.match(
        await registry.metrics({ names: [name] }),
        /^# HELP wait_time_seconds Wait\.\n(?!.*# HELP)/s,
        name,
      );
    assert.match(await registry.metrics({ names: ['jobs.done'] }), /^jobs_done_total\{job_kind="a\.b"\} 1$/m);
    assert.equal(await registry.metrics({ names: ['wait-time-seconds', 'wait_dot_time__seconds'] }), '');
  });

  it('are the keys of readings and of JSON', async () => {
    const registry = recordedRegistry();
    const [jobs, , wait] = await registry.getMetricsAsJSON();
    assert.deepEqual(jobs!.values, [{ labels: { 'job.kind': 'a.b' }, value: 1 }]);
    assert.deepEqual(wait!.values[0]!.labels, { le: 1, 日: 'x' });
    assert.equal(wait!.values[0]!.metricName, 'wait.time_seconds_bucket');
    assert.equal(registry.getSingleMetric('wait.time_seconds')!.name, 'wait.time_seconds');
  });
});
