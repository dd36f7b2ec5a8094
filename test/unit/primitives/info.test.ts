import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigurationError, Info, Registry } from '../../../src/index.js';
import { PlayedThread, silenceWarnings } from '../registry/played-thread.js';
import { sampleLines, textOf } from '../sample-lines.js';

silenceWarnings();

const BUILD = { name: 'build', help: 'Build.', labelNames: ['version', 'commit'] } as const;

describe('an info', () => {
  it('shows nothing before the first set, then that one label set', () => {
    const registry = new Registry();
    const build = registry.info(BUILD);
    const head = '# HELP build_info Build.\n# TYPE build_info gauge\n';
    assert.equal(textOf(registry), head);
    build.set({ version: '1.0', commit: 'a"b' });
    assert.equal(textOf(registry), `${head}build_info{version="1.0",commit="a\\"b"} 1\n`);
    build.set({ version: '1.1' });
    assert.deepEqual(sampleLines(registry), ['build_info{version="1.1"} 1']);
    build.set({ version: '1.1' });
    build.set({});
    assert.deepEqual(sampleLines(registry), ['build_info 1']);
  });

  it('is replaced by the set of another thread, and back', test => {
    const registry = new Registry();
    const thread = new PlayedThread(test, registry.share(), 901);
    const theirs = thread.define('info', BUILD);
    const build = registry.info(BUILD);
    build.set({ version: '1' });
    theirs.showOnly(['2', '']);
    assert.deepEqual(sampleLines(registry), ['build_info{version="2"} 1']);
    build.set({ version: '1' });
    assert.deepEqual(sampleLines(registry), ['build_info{version="1"} 1']);
    thread.attachment.detach();
    theirs.showOnly(['3', '']);
    assert.deepEqual(build.value(), { version: '1' }, 'a thread that has detached sets nothing');
  });

  it('is the same with its suffix and without', () => {
    const registry = new Registry();
    const build = registry.info({ ...BUILD, name: 'build_info' });
    assert.ok(build instanceof Info);
    assert.deepEqual([build.name, build.help, build.labelNames], ['build', 'Build.', BUILD.labelNames]);
    assert.equal(registry.info(BUILD), build);
    assert.equal(registry.getSingleMetric('build'), build);
    assert.throws(
      () => new Info({ ...BUILD, name: 'build_info', registers: [registry] }),
      /A metric with the name build has already been registered/,
    );
    assert.equal(registry.info({ ...BUILD, name: '_info' }).name, '_info', 'nothing else would be left');
  });

  it('is refused without labels, with a unit, and with what all families refuse', () => {
    const registry = new Registry();
    assert.throws(
      () =>
        registry.info({
          name: 'build',
          help: 'B.',
          labelNames: [],
          unit: 'bytes',
          idleExpirySeconds: 60,
        } as never),
      (error: unknown) => {
        assert.ok(error instanceof ConfigurationError);
        assert.equal(
          error.message,
          'build: unit bytes is given; type info has none, leave it out; ' +
            'idleExpirySeconds is given; series of type info do not expire, leave it out; labelNames is empty; an info consists of its labels',
        );
        return true;
      },
    );
    assert.throws(() => new Info(undefined as never), { name: 'TypeError' });
    assert.throws(() => registry.info({ name: 'build' } as never), /Missing mandatory help parameter/);
    assert.throws(() => registry.info({ ...BUILD, name: 5 as never }), /^Error: Invalid metric name: 5/);
    assert.throws(
      () => registry.info({ ...BUILD, collect: 5 as never }),
      /Optional "collect" parameter must be a function/,
    );
    assert.equal(registry.cardinality().families, 0);
  });

  it('refuses labels that it does not have and values that are no text, and nothing changes then', () => {
    const registry = new Registry();
    const build = registry.info(BUILD);
    build.set({ version: '1' });
    // @ts-expect-error no such label
    assert.throws(() => build.set({ branch: 'main' }), /^Error: Added label "branch" is not included/);
    // @ts-expect-error no text
    assert.throws(() => build.set({ version: 2 }), {
      name: 'TypeError',
      message: 'label version of build is 2; it must be a string',
    });
    // @ts-expect-error no labels
    assert.throws(() => build.set(), { message: 'labels of build are undefined; they must be an object' });
    assert.deepEqual(build.value(), { version: '1' });
  });

  it('says which label set is shown, and whether it is a given one', () => {
    const registry = new Registry();
    const build = registry.info(BUILD);
    assert.deepEqual([build.value(), build.value({})], [undefined, false]);
    build.set({ commit: 'abc\ud800', version: '' });
    assert.deepEqual(build.value(), { commit: 'abc\ufffd' });
    assert.ok(build.value({ commit: 'abc\ud800' }));
    assert.ok(build.value({ commit: 'abc\ud800', version: '' }));
    assert.ok(!build.value({ commit: 'abc' }));
    assert.ok(!build.value({ commit: 'abc\ud800', version: '1' }));
    // @ts-expect-error no such label
    assert.throws(() => build.value({ branch: 'main' }), /^Error: Added label "branch" is not included/);
  });

  it('shows nothing again after a reset, until the next set', () => {
    const registry = new Registry();
    const build = registry.info(BUILD);
    build.set({ version: '1' });
    build.reset();
    assert.deepEqual(sampleLines(registry), []);
    build.set({ version: '1' });
    assert.deepEqual(sampleLines(registry), ['build_info{version="1"} 1']);
    registry.resetMetrics();
    assert.equal(build.value(), undefined);
    registry.removeSingleMetric('build');
    build.set({ version: '1' });
    assert.deepEqual([build.value(), textOf(registry)], [undefined, '']);
    registry.info(BUILD);
    build.set({ version: '3' });
    assert.deepEqual(build.value(), { version: '3' }, 'defined again, it is found by the old object');
  });

  it('runs its collect callback before a scrape', async () => {
    const registry = new Registry();
    const build = registry.info({
      ...BUILD,
      collect() {
        this.set({ version: '7' });
      },
    });
    assert.match(await registry.metrics(), /^build_info\{version="7"\} 1$/m);
    assert.deepEqual((await build.get()).values, [
      { labels: { version: '7' }, value: 1, metricName: 'build_info' },
    ]);
    build.purge();
    assert.deepEqual(build.value(), { version: '7' });
  });

  it('is found and removed by the name of its sample as well, which it may be defined by', () => {
    const registry = new Registry();
    const info = registry.info({ name: 'build_info', help: 'B.', labelNames: ['v'] });
    for (const name of ['build', 'build_info']) assert.equal(registry.getSingleMetric(name), info);
    registry.removeSingleMetric('build_info');
    assert.equal(registry.getSingleMetric('build'), undefined);
    assert.equal(registry.cardinality().families, 0);
  });
});
