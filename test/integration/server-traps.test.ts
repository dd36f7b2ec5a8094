/**
 * What ends a process, or breaks a connection, with uWebSockets.js. Each trap is shown with a mutant that falls into it
 * and with the server, in a process of its own, that does not.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { ChildProgram } from './server-child-process.js';
import type { ProcessEnd } from './server-child-process.js';
import { RawConnection, rawRequest, requestText } from './server-raw-client.js';
import { freePort, uwsSkipReason } from './server-transports.js';

const REFUSED_RETURN = /Returning from a request handler without responding/;

interface Running {
  readonly program: ChildProgram;
  readonly port: number;
}

async function startMutant(test: TestContext, mistake: string, port = 0): Promise<Running> {
  const program = ChildProgram.start(test, 'server-raw-uws.js', mistake, String(port));
  return { program, port: Number(await program.message()) };
}

async function startServing(test: TestContext, source: string, options: object = {}): Promise<Running> {
  const text = JSON.stringify({ transport: 'uws', ...options });
  const program = ChildProgram.start(test, 'server-child.js', text, source);
  return { program, port: Number(await program.message()) };
}

/** Says nothing, not even a warning, and ends by itself. */
const QUIET_END: ProcessEnd = { code: 0, signal: null, output: '' };

async function assertEndsWell({ program }: Running): Promise<void> {
  program.send('close');
  assert.deepEqual(await program.ended, QUIET_END);
}

describe('uWebSockets.js, when a handler returns without a reply,', { skip: uwsSkipReason }, () => {
  it('aborts the process of a mutant', async test => {
    const { program, port } = await startMutant(test, 'returns without a reply');
    const client = await RawConnection.open(port);
    await client.send(requestText('GET', '/'));
    const { signal, output } = await program.ended;
    assert.equal(signal, 'SIGABRT');
    assert.match(output, REFUSED_RETURN);
  });

  it('has an abort handler from this server while its render runs', async test => {
    const running = await startServing(test, 'gated');
    const client = await RawConnection.open(running.port);
    await client.send(requestText('GET', '/metrics'));
    assert.equal(await running.program.message(), 'rendering');
    running.program.send('finish');
    assert.equal((await client.nextReply()).body.toString(), 'finished');
    await assertEndsWell(running);
  });
});

describe('uWebSockets.js, when a handler throws,', { skip: uwsSkipReason }, () => {
  it('aborts the process of a mutant, also one that listens for uncaught exceptions', async test => {
    const { program, port } = await startMutant(
      test,
      'throws although somebody listens for uncaught exceptions',
    );
    const client = await RawConnection.open(port);
    await client.send(requestText('GET', '/'));
    assert.equal((await program.ended).signal, 'SIGABRT');
  });

  it('gets a reply from this server, whatever the application throws', async test => {
    const running = await startServing(test, 'throwing');
    const scrape = await rawRequest(running.port, 'GET', '/metrics');
    assert.deepEqual([scrape.status, /thrown by the application/.test(scrape.body.toString())], [500, true]);
    assert.equal((await rawRequest(running.port, 'GET', '/ready')).status, 503);
    assert.equal((await rawRequest(running.port, 'GET', '/health')).status, 200);
    await assertEndsWell(running);
  });
});

describe('uWebSockets.js, when it replies to HEAD,', { skip: uwsSkipReason }, () => {
  it('aborts the process of a mutant without an abort handler', async test => {
    const { program, port } = await startMutant(test, 'answers HEAD later without an abort handler');
    const client = await RawConnection.open(port);
    await client.send(requestText('HEAD', '/'));
    const { signal, output } = await program.ended;
    assert.equal(signal, 'SIGABRT');
    assert.match(output, REFUSED_RETURN);
  });

  it('sends the body of a mutant that uses end()', async test => {
    const { port } = await startMutant(test, 'answers HEAD with end');
    const client = await RawConnection.open(port);
    // Read as a GET: the body is there.
    await client.send(requestText('HEAD', '/'));
    assert.equal((await client.nextReply()).body.toString(), 'a body');
  });

  it('closes the connection of a mutant that reports a length at the next request', async test => {
    const { port } = await startMutant(test, 'reports the length of a HEAD reply');
    const client = await RawConnection.open(port);
    assert.equal((await client.request('HEAD', '/')).headers.get('content-length'), '10');
    await assert.rejects(client.request('HEAD', '/'), /^Error: closed after 0 bytes/);
  });

  it('keeps the connection of this server, without a body on it', async test => {
    const running = await startServing(test, 'huge');
    const client = await RawConnection.open(running.port);
    for (let i = 0; i < 3; i++) {
      const { status, headers } = await client.request('HEAD', '/metrics');
      assert.deepEqual([status, headers.get('content-length')], [200, '20000000']);
    }
    assert.equal(client.unreadBytes, 0);
    await assertEndsWell(running);
  });
});

describe('uWebSockets.js, when the client goes away,', { skip: uwsSkipReason }, () => {
  it('throws where nobody can catch it at a mutant that replies then', async test => {
    const { program, port } = await startMutant(test, 'replies to a client that is gone');
    const client = await RawConnection.open(port);
    await client.send(requestText('GET', '/'));
    assert.equal(await program.message(), 'holding');
    client.reset();
    assert.equal(await program.message(), 'gone');
    program.send('reply');
    const { code, output } = await program.ended;
    assert.equal(code, 1);
    assert.match(output, /must not be accessed after uWS\.HttpResponse\.onAborted/);
  });

  it('is left alone by this server when the render is done too late', async test => {
    const running = await startServing(test, 'gated');
    const client = await RawConnection.open(running.port);
    await client.send(requestText('GET', '/metrics'));
    assert.equal(await running.program.message(), 'rendering');
    client.reset();
    await client.closed;
    // Its reply shows that the server has read the reset before it hears of the render.
    assert.equal((await rawRequest(running.port, 'GET', '/health')).status, 200);
    running.program.send('finish');
    assert.equal((await rawRequest(running.port, 'GET', '/health')).status, 200);
    await assertEndsWell(running);
  });

  it('is left alone by this server in the middle of a body', async test => {
    const running = await startServing(test, 'huge');
    for (let i = 0; i < 5; i++) {
      const client = await RawConnection.open(running.port);
      await client.send(requestText('GET', '/metrics'));
      await client.firstByte();
      client.reset();
      await client.closed;
    }
    assert.equal((await rawRequest(running.port, 'GET', '/health')).status, 200);
    await assertEndsWell(running);
  });

  it('is left alone by this server when a second request breaks the connection of the first', async test => {
    const running = await startServing(test, 'gated');
    const client = await RawConnection.open(running.port);
    // The native side queues nothing behind a request that waits: it closes the connection, and both are lost.
    await client.send(requestText('GET', '/metrics') + requestText('GET', '/metrics'));
    await client.closed;
    // Nothing was rendered for them, or it is let end when the process does.
    assert.equal((await rawRequest(running.port, 'GET', '/health')).status, 200);
    await assertEndsWell(running);
  });
});

describe('uWebSockets.js, when a port is taken,', { skip: uwsSkipReason }, () => {
  it('shares it among mutants that do not ask for it exclusively', async test => {
    const port = await freePort();
    const mutants = [
      await startMutant(test, 'shares its port', port),
      await startMutant(test, 'shares its port', port),
    ];
    assert.deepEqual(
      mutants.map(mutant => mutant.port),
      [port, port],
    );
  });

  it('refuses a mutant that would share the port of this server', async test => {
    const running = await startServing(test, 'throwing', { port: await freePort() });
    const mutant = ChildProgram.start(test, 'server-raw-uws.js', 'shares its port', String(running.port));
    assert.equal(await mutant.message(), 'refused');
    await assertEndsWell(running);
  });

  it('refuses this server on the port of a mutant that would share it', async test => {
    const { port } = await startMutant(test, 'shares its port', await freePort());
    const options = JSON.stringify({ transport: 'uws', port });
    const { code, output } = await ChildProgram.start(test, 'server-child.js', options, 'throwing').ended;
    assert.equal(code, 1);
    assert.match(output, /AddressInUseError\]?: 127\.0\.0\.1 port \d+ is already in use/);
  });
});

describe('uWebSockets.js in the main thread', { skip: uwsSkipReason }, () => {
  it('lets the process exit while it listens and sends', async test => {
    const { program, port } = await startServing(test, 'huge');
    const client = await RawConnection.open(port);
    await client.send(requestText('GET', '/metrics'));
    await client.firstByte();
    client.pause();
    program.send('exit');
    assert.deepEqual(await program.ended, QUIET_END);
    client.destroy();
  });
});
