/** The server in a process of its own: cluster workers, and an end that nobody has to force. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ChildProgram } from './server-child-process.js';
import { RawConnection, rawRequest, requestText } from './server-raw-client.js';
import { describeBothTransports, freePort } from './server-transports.js';

const QUIET_END = { code: 0, signal: null, output: '' };

describeBothTransports('a process', transport => {
  it('ends by itself after close(), with a client still connected', async test => {
    const program = ChildProgram.start(test, 'server-child.js', JSON.stringify({ transport }), 'huge');
    const port = Number(await program.message());
    const client = await RawConnection.open(port);
    assert.equal((await client.request('GET', '/metrics')).status, 200);
    program.send('close');
    assert.deepEqual(await program.ended, QUIET_END);
    await client.closed;
  });

  it('ends by itself after close(), with a render that hangs', async test => {
    const options = JSON.stringify({ transport, closeTimeoutMs: 1, renderTimeoutMs: 600_000 });
    const program = ChildProgram.start(test, 'server-child.js', options, 'gated');
    const client = await RawConnection.open(Number(await program.message()));
    await client.send(requestText('GET', '/metrics'));
    assert.equal(await program.message(), 'rendering');
    program.send('close');
    assert.deepEqual(await program.ended, QUIET_END);
    await client.closed;
  });

  it('leaves the port to a successor when it is killed with a client connected', async test => {
    const options = JSON.stringify({ transport, port: await freePort() });
    const killed = ChildProgram.start(test, 'server-child.js', options, 'huge');
    const client = await RawConnection.open(Number(await killed.message()));
    await client.request('GET', '/metrics');
    killed.kill();
    assert.equal((await killed.ended).signal, 'SIGKILL');
    await client.closed;
    const successor = ChildProgram.start(test, 'server-child.js', options, 'huge');
    assert.equal((await rawRequest(Number(await successor.message()), 'GET', '/health')).status, 200);
  });

  it('that is a cluster worker does not get the port of another one', async test => {
    const program = ChildProgram.start(test, 'server-cluster.js', transport);
    const [first, second] = (await program.message()) as string[];
    assert.match(first, /^serves on \d+$/);
    assert.equal(second, 'ERR_ADDRESS_IN_USE');
    await program.ended;
  });
});
