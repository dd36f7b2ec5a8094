/** A real Pushgateway takes what is pushed, keeps it by its groups, and says why it refuses something. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { before, after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Pushgateway, Registry } from '../../src/index.js';
import { freePort } from './server-transports.js';

const PROGRAM = 'prometheus-pushgateway';
const isInstalled = spawnSync(PROGRAM, ['--version']).error === undefined;
const skip = isInstalled ? false : `${PROGRAM} is not installed; it comes with the package of that name`;

function filledRegistry(value = 3): Registry {
  const registry = new Registry();
  registry
    .counter({ name: 'rows_total', help: 'Rows.', labelNames: ['table'] })
    .inc({ table: '"a\\b"\n' }, value);
  registry.histogram({ name: 'size', help: 'S.', buckets: [1] }).observe(2);
  return registry;
}

describe('a Prometheus Pushgateway', { skip }, () => {
  let url = '';
  let end = async (): Promise<void> => undefined;

  before(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const gateway = spawn(PROGRAM, [`--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
    end = async () => {
      gateway.kill();
      await once(gateway, 'exit');
    };
    // It says nowhere that it listens.
    while (!(await fetch(`${url}/-/ready`).catch(() => undefined))?.ok) await delay(20);
  });

  after(() => end());

  async function linesOf(name: string): Promise<string[]> {
    const text = await (await fetch(`${url}/metrics`)).text();
    return text.split('\n').filter(line => line.startsWith(name));
  }

  it('has what was pushed under the labels of its group, whatever is in them', async () => {
    const groupings = { path: '/var/tmp', empty: '', text: 'a b"é' };
    const gateway = new Pushgateway(url, {}, filledRegistry());
    assert.equal((await gateway.push({ jobName: 'a/b', groupings })).resp.statusCode, 200);
    assert.deepEqual(await linesOf('rows_total'), [
      'rows_total{empty="",instance="",job="a/b",path="/var/tmp",table="\\"a\\\\b\\"\\n",text="a b\\"é"} 3',
    ]);
    await gateway.delete({ jobName: 'a/b', groupings });
    assert.deepEqual(await linesOf('rows_total'), []);
  });

  it('replaces a group for push, and adds to it for pushAdd', async () => {
    const parameters = { jobName: 'steps' };
    const other = new Registry();
    other.gauge({ name: 'other', help: 'O.' }).set(1);
    await new Pushgateway(url, {}, filledRegistry()).pushAdd(parameters);
    await new Pushgateway(url, {}, other).pushAdd(parameters);
    assert.equal((await linesOf('rows_total')).length, 1);
    await new Pushgateway(url, {}, other).push(parameters);
    assert.deepEqual([(await linesOf('rows_total')).length, (await linesOf('other')).length], [0, 1]);
    await new Pushgateway(url).delete(parameters);
  });

  it('takes compressed metrics', async () => {
    const headers = { 'Content-Encoding': 'gzip' };
    await new Pushgateway(url, { headers }, filledRegistry(7)).push({ jobName: 'gzip' });
    assert.match((await linesOf('rows_total'))[0]!, / 7$/);
    await new Pushgateway(url).delete({ jobName: 'gzip' });
  });

  it('says in the error why it refuses something', async () => {
    const wrong = { metrics: async () => 'rows_total{ 1\n', contentType: Registry.PROMETHEUS_CONTENT_TYPE };
    await assert.rejects(new Pushgateway(url, {}, wrong).push({ jobName: 'j' }), {
      message: /^push failed with status 400, text format parsing error in line 1/,
    });
    await assert.rejects(new Pushgateway(url, { requireJobName: false }, filledRegistry()).push(), {
      message: /^push failed with status 40[0-9], /,
    });
  });
});
