/** What we render is what Prometheus reads: its own tool checks it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry, collectDefaultMetrics } from '../../src/index.js';
import { parseExposition } from '../../src/testing/index.js';
import { HOSTILE_TEXTS } from './hostile-texts.js';
import { complaintsAbout, skip } from './promtool.js';
import { PlayedThread, silenceWarnings } from '../unit/registry/played-thread.js';

silenceWarnings();

const HOSTILE = [...HOSTILE_TEXTS, 'x'.repeat(256)];

const isWellFormed = (text: string): boolean => text.isWellFormed();

describe('promtool', () => {
  it('accepts an empty registry', { skip }, () =>
    assert.equal(complaintsAbout(new Registry().renderNow()), ''),
  );

  it('accepts every type, without labels, with hostile ones, and beyond the limits', { skip }, test => {
    const registry = new Registry({ familySeriesMax: HOSTILE.length });
    const labelNames = ['a', 'b'] as const;
    const help = 'A help with \\ backslashes, "quotes",\nline feeds and é 😀.';
    const counter = registry.counter({ name: 'events_total', help, labelNames });
    const gauge = registry.gauge({ name: 'queue_depth', help, labelNames });
    const threads = {
      name: 'loop_lag_seconds',
      help,
      labelNames,
      aggregator: 'thread',
      unit: 'seconds',
    } as const;
    const histogram = registry.histogram({ name: 'duration_seconds', help, labelNames });
    registry.counter({ name: 'bare_total', help }).inc(2 ** 40);
    registry.gauge({ name: 'bare_depth', help }).set(-Infinity);
    registry.histogram({ name: 'bare_seconds', help, buckets: [-1, 0, 1e-7, 1e21] }).observe(0.5);
    registry.histogram({ name: 'empty_seconds', help, labelNames, buckets: [] });
    const info = registry.info({ name: 'build', help, labelNames });
    const state = registry.stateSet({
      name: 'phase',
      help,
      labelNames,
      states: HOSTILE.filter(isWellFormed),
    });
    registry.stateSet({ name: 'bare_phase', help, states: ['on', 'off'] });
    registry.info({ name: 'never_set', help, labelNames });
    const other = new PlayedThread(test, registry.share(), 901);
    [...HOSTILE, 'one', 'too many'].forEach((value, i) => {
      counter.inc({ a: value, b: String(i) }, i + 0.5);
      gauge.set({ a: value }, [NaN, Infinity, -1e-300, 1e21][i % 4]!);
      histogram.observe({ b: value }, i);
      registry.gauge(threads).set({ a: value }, i);
      info.set({ a: value });
      state.set({ a: value }, HOSTILE[0]!);
      if (i < HOSTILE.length) other.gauge(threads, value, '').set(-i);
    });
    const text = Buffer.from(registry.renderNow()).toString();
    assert.match(text, /otel_metric_overflow="true"/);
    assert.match(text, /thread="901"/);
    assert.match(text, /^build_info\{a="too many"\} 1$/m);
    assert.equal(complaintsAbout(text), '');
    // promtool does not look for a sample that is there twice; a server does.
    const names = parseExposition(text).flatMap(family =>
      family.samples.map(({ name, labels }) => name + JSON.stringify(Object.entries(labels))),
    );
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.length > 200, `${names.length} samples`);
  });

  it('dislikes three names of the default metrics, which prom-client has chosen', { skip }, test => {
    for (const threads of ['aggregate', 'label'] as const) {
      const registry = new Registry();
      const handle = collectDefaultMetrics({
        register: registry,
        threads,
      });
      test.after(() => handle.stop());
      const complaints = complaintsAbout(registry.renderNow())
        .replace('exit code 3: ', '')
        .trim()
        .split('\n');
      assert.deepEqual(
        complaints.sort(),
        ['handles', 'requests', 'resources'].map(
          what => `nodejs_active_${what}_total non-counter metrics should not have "_total" suffix`,
        ),
      );
    }
  });

  for (const escaping of ['underscores', 'dots', 'values']) {
    it(`reads names of any characters with the escaping ${escaping}`, { skip }, async () => {
      const registry = new Registry({ nameValidationScheme: 'utf8' });
      // Escaped, many would be one: a number in front keeps them apart.
      HOSTILE.filter(isWellFormed).forEach((text, i) => {
        const [name, label] = [`m${i}.${text}`, `l.${text}`];
        const options = { name, help: `Help of ${text}.`, labelNames: [label] };
        registry.gauge<string>(options).set({ [label]: text }, i);
        registry.histogram<string>({ ...options, name: `h.${name}` }).observe({ [label]: text }, i);
        registry.counter<string>({ ...options, name: `c.${name}_total` }).inc({ [label]: text }, i);
        // The name of a state set is a label too, which has no colon.
        registry.stateSet<string, string>({
          ...options,
          name: `s.${name.replace(':', '')}`,
          states: ['on'],
        });
      });
      const { body } = await registry.render({ accept: `text/plain;version=1.0.0;escaping=${escaping}` });
      // 3 is for opinions about names: they are what this test is about.
      assert.doesNotMatch(complaintsAbout(body), /^exit code (?!3)/);
      assert.ok(parseExposition(Buffer.from(body).toString()).length > 40);
    });
  }

  it('refuses what is no exposition, so that the tests above can fail', { skip }, () => {
    assert.match(complaintsAbout('a{b="c} 1\n'), /^exit code 1: /);
    const badName = '# HELP a A.\n# TYPE a counter\na 1\n';
    assert.match(complaintsAbout(badName), /^exit code 3: .*should have "_total" suffix/);
  });
});
