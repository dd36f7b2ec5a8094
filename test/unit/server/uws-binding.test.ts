import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serveMetrics, TransportUnavailableError } from '../../../src/server/index.js';
import { loadUwsBinding } from '../../../src/server/uws-binding.js';
import { fixedSource } from '../../integration/server-sources.js';
import { UWS_ABIS, uwsSkipReason } from '../../integration/server-transports.js';

const complete = {
  App: () => ({}),
  us_listen_socket_close: () => {},
  us_socket_local_port: () => 1,
  LIBUS_LISTEN_EXCLUSIVE_PORT: 1,
};

const hasBinary = UWS_ABIS.includes(process.versions.modules);

async function refusal(importPackage: () => Promise<unknown>, isWorker = false): Promise<Error> {
  try {
    await loadUwsBinding(importPackage, isWorker);
  } catch (error) {
    assert.ok(error instanceof TransportUnavailableError);
    return error;
  }
  throw new Error('it was not refused');
}

describe('the uWebSockets.js binding', () => {
  it('loads on every Node.js version that the pinned package has a binary for', { skip: !hasBinary }, () => {
    assert.equal(uwsSkipReason, false);
  });

  it('is found as an ES module and as a CommonJS module', async () => {
    assert.equal(await loadUwsBinding(async () => complete, false), complete);
    assert.equal(await loadUwsBinding(async () => ({ default: complete }), false), complete);
  });

  it('is refused with the Node.js version, the platform and what to do when the package does not load', async () => {
    const cause = new Error('Cannot find package\nRequire stack: ...');
    const error = await refusal(() => Promise.reject(cause));
    assert.equal(error.cause, cause);
    const { version, platform, arch } = process;
    assert.ok(
      error.message.includes(`Node.js ${version}, ${platform} ${arch}: Cannot find package.`),
      error.message,
    );
    assert.match(error.message, /Install a release .*transport: 'auto' or 'node'$/);
    assert.doesNotMatch(error.message, /Require stack/);
  });

  it('is refused when the package is something else', async () => {
    const { App: _, ...incomplete } = complete;
    for (const other of [undefined, null, 'uws', {}, incomplete, { default: null }]) {
      assert.match((await refusal(async () => other)).message, /it lacks App, /);
    }
  });

  it('is not even imported in a worker thread', async () => {
    let importCount = 0;
    const importPackage = async () => {
      importCount++;
      return complete;
    };
    assert.match((await refusal(importPackage, true)).message, /refused in a worker thread/);
    assert.equal(importCount, 0);
  });
});

describe('the transport', () => {
  const wanted = uwsSkipReason === false ? 'uws' : 'node';

  it(`auto is ${wanted} in the main thread of this Node.js`, async () => {
    const server = await serveMetrics(fixedSource(''), { port: 0 });
    assert.equal(server.transport, wanted);
    await server.close();
  });

  it(
    'uws is an error where its binary is missing',
    { skip: uwsSkipReason === false && 'it is here' },
    async () => {
      const attempt = serveMetrics(fixedSource(''), { port: 0, transport: 'uws' });
      await assert.rejects(attempt, {
        code: 'ERR_TRANSPORT_UNAVAILABLE',
        message: new RegExp(process.version),
      });
    },
  );
});
