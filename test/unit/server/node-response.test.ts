/** Responses of node:http: what they hold is given back, however their client goes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { sendReplyInTurns } from '../../../src/server/node-response.js';
import { bytesReply } from '../../../src/server/reply.js';
import { SendTurns } from '../../../src/server/send-turns.js';

/** More than sockets take from a client that reads nothing. */
const BODY = new Uint8Array(32 * 1_024 * 1_024);
const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const PIPELINED = 20;

/** A client that has sent so many requests at once and reads nothing, and the responses that are to be sent to it. */
async function pipelined(test: TestContext): Promise<{ client: Socket; responses: ServerResponse[] }> {
  const responses: ServerResponse[] = [];
  const server = createServer();
  const all = new Promise<void>(resolve => {
    server.on('request', (_, res: ServerResponse) => {
      responses.push(res);
      if (responses.length === PIPELINED) resolve();
    });
  });
  server.listen(0);
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port);
  client.on('error', () => undefined);
  test.after(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  client.write(REQUEST.repeat(PIPELINED));
  await all;
  return { client, responses };
}

/** Sends the body in each; the promise is settled when all of them have given it back. */
function sendIn(responses: readonly ServerResponse[]): Promise<unknown> {
  const turns = new SendTurns();
  return Promise.all(
    responses.map(
      res =>
        new Promise<void>(onSent => {
          const reply = { ...bytesReply(200, 'text/plain', BODY), onSent };
          sendReplyInTurns(res, reply, { isHead: false, readerStallMs: 60_000, turns });
        }),
    ),
  );
}

describe('responses that stand behind others of their connection', { timeout: 60_000 }, () => {
  it('give back their bodies when the client goes away before their turn', async test => {
    const { client, responses } = await pipelined(test);
    const sent = sendIn(responses);
    const { socket } = responses[0]!.req;
    const listeners = socket.listenerCount('close');
    client.resetAndDestroy();
    await sent;
    assert.ok(listeners < PIPELINED, `${listeners} listeners for ${PIPELINED} responses`);
  });

  it('give back their bodies when the client was gone before they were there', async test => {
    const { client, responses } = await pipelined(test);
    const closed = new Promise(resolve => responses[0]!.req.socket.once('close', resolve));
    client.resetAndDestroy();
    await closed;
    await sendIn(responses);
    assert.ok(responses.every(res => !res.headersSent));
  });
});
