/** Serving from a worker thread, whose end must not be the end of the process. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { ChildProgram } from './server-child-process.js';
import { rawRequest } from './server-raw-client.js';
import { uwsSkipReason } from './server-transports.js';

interface Report {
  readonly port: number;
  readonly transport: string;
  readonly code?: string;
  readonly message?: string;
}

const MUTANT = 'server-raw-worker.js';
const SERVER = 'server-worker.js';

async function startHost(test: TestContext, worker: string, transport: string, ending: string) {
  const host = ChildProgram.start(test, 'server-worker-host.js', worker, transport, ending);
  return { host, report: (await host.message()) as Report };
}

for (const ending of ['terminate', 'exit']) {
  describe(`a worker thread that listens, at ${ending},`, () => {
    it(
      'takes the process with it when it is a mutant over uWebSockets.js',
      { skip: uwsSkipReason },
      async test => {
        const { host, report } = await startHost(test, MUTANT, 'uws', ending);
        assert.equal((await rawRequest(report.port, 'GET', '/')).status, 200);
        host.send('end');
        const { signal, output } = await host.ended;
        assert.equal(signal, 'SIGABRT');
        assert.match(output, /open handles/);
      },
    );

    for (const transport of ['auto', 'node']) {
      it(`leaves the process alone with transport ${transport}, which is node:http there`, async test => {
        const { host, report } = await startHost(test, SERVER, transport, ending);
        assert.equal(report.transport, 'node');
        assert.equal((await rawRequest(report.port, 'GET', '/metrics')).body.toString(), 'from a worker');
        host.send('end');
        if (ending === 'terminate') assert.equal(await host.message(), 'survived');
        assert.deepEqual(await host.ended, { code: 0, signal: null, output: '' });
      });
    }
  });
}

describe('a worker thread that asks for uWebSockets.js', () => {
  it('is refused, and told why and what to do', async test => {
    const { host, report } = await startHost(test, SERVER, 'uws', 'exit');
    assert.equal(report.code, 'ERR_TRANSPORT_UNAVAILABLE');
    assert.match(
      report.message ?? '',
      /refused in a worker thread: .*the whole process aborts.*'node' or 'auto'/,
    );
    host.send('end');
    assert.equal((await host.ended).code, 0);
  });
});
