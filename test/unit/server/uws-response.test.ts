import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LONE_PART_BYTES, SendTurns } from '../../../src/server/send-turns.js';
import { bytesReply, textReply } from '../../../src/server/reply.js';
import { ReplySender } from '../../../src/server/uws-response.js';
import { FakeResponse } from './fake-uws-response.js';
import { ManualLoop } from './manual-loop.js';

function startSender(response: FakeResponse, readerStallMs = 60_000) {
  const ends: string[] = [];
  const loop = new ManualLoop();
  const turns = new SendTurns(loop.endOfTurn);
  const sender = new ReplySender(response, { onEnd: () => ends.push('ended'), readerStallMs, turns });
  return { sender, ends, loop };
}

describe('the sender of a uWebSockets.js response', () => {
  it('attaches an abort handler before anything else', () => {
    const response = new FakeResponse();
    startSender(response);
    assert.deepEqual(response.calls, ['onAborted']);
  });

  it('sends head and body in one cork, and ends once', () => {
    const response = new FakeResponse();
    const { sender, ends } = startSender(response);
    sender.send(textReply(404, 'none'), false);
    assert.deepEqual(response.calls.slice(1, 3), ['cork', 'writeStatus 404 Not Found']);
    assert.equal(response.calls.at(-1), 'tryEnd 5 of 5');
    sender.send(textReply(404, 'none'), false);
    assert.deepEqual(ends, ['ended']);
  });

  it('sends a length without a body for HEAD', () => {
    const response = new FakeResponse();
    const { sender, ends } = startSender(response);
    sender.send(textReply(200, 'body'), true);
    assert.deepEqual(response.calls.slice(-2), ['writeHeader Content-Length=5', 'endWithoutBody']);
    assert.deepEqual([response.takenBytes, ends.length], [0, 1]);
  });

  it('continues where the socket stopped taking bytes', () => {
    const response = new FakeResponse(3);
    const { sender, ends, loop } = startSender(response);
    sender.send(textReply(200, '0123456'), false);
    for (const [taken, ended] of [
      ['012', 0],
      ['012345', 0],
      ['0123456\n', 1],
    ] as const) {
      assert.deepEqual([response.taken.toString(), ends.length], [taken, ended]);
      if (ended === 1) break;
      // What comes next is written in a turn, and not in the native callback.
      assert.equal(response.drain(), true);
      assert.equal(response.taken.toString(), taken);
      loop.turn();
    }
  });

  it('touches nothing after an abort', () => {
    const response = new FakeResponse(3);
    const { sender, ends } = startSender(response);
    response.abort();
    const calls = [...response.calls];
    sender.send(textReply(200, 'late'), false);
    assert.deepEqual([response.calls, ends], [calls, ['ended']]);
  });

  for (const call of ['cork', 'writeStatus', 'writeHeader', 'tryEnd', 'onWritable'] as const) {
    it(`closes the connection when ${call} throws`, () => {
      const response = new FakeResponse(3);
      const { sender, ends } = startSender(response);
      response.throwIn = call;
      sender.send(textReply(200, 'body'), false);
      assert.deepEqual([response.calls.at(-1), ends], ['close', ['ended']]);
    });
  }

  it('closes the connection when the rest of a body cannot be sent', () => {
    const response = new FakeResponse(3);
    const { sender, ends, loop } = startSender(response);
    sender.send(textReply(200, 'body'), false);
    response.throwIn = 'tryEnd';
    assert.equal(response.drain(), true);
    loop.turn();
    assert.deepEqual([response.calls.at(-1), ends], ['close', ['ended']]);
  });

  it('ends also when closing throws', () => {
    const response = new FakeResponse();
    const { sender, ends } = startSender(response);
    response.isOver = true;
    sender.send(textReply(200, 'body'), false);
    assert.deepEqual(ends, ['ended']);
  });

  it('closes the connection of a reader that takes nothing, and not of one that goes on', test => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const response = new FakeResponse(1);
    const { sender, ends, loop } = startSender(response, 100);
    sender.send(textReply(200, '0123456'), false);
    for (let i = 0; i < 3; i++) {
      test.mock.timers.tick(99);
      response.drain();
      // That it waits for its turn is not the reader's fault.
      test.mock.timers.tick(200);
      loop.turn();
    }
    assert.deepEqual(ends, []);
    test.mock.timers.tick(99);
    assert.deepEqual(ends, []);
    test.mock.timers.tick(1);
    assert.deepEqual([response.calls.at(-1), ends], ['close', ['ended']]);
  });

  it('waits for no reader of a body that was taken whole, and for none that is gone', test => {
    test.mock.timers.enable({ apis: ['setTimeout'] });
    const whole = new FakeResponse();
    startSender(whole, 100).sender.send(textReply(200, 'body'), false);
    const gone = new FakeResponse(1);
    startSender(gone, 100).sender.send(textReply(200, 'body'), false);
    gone.abort();
    const calls = [whole.calls.length, gone.calls.length];
    test.mock.timers.tick(1_000);
    assert.deepEqual([whole.calls.length, gone.calls.length], calls);
  });

  it('can be told to close the connection while the body is being sent', () => {
    const response = new FakeResponse(3);
    const { sender, ends } = startSender(response);
    let disconnect = (): void => assert.fail('it was not told how');
    const sent: string[] = [];
    const reply = { ...textReply(200, 'body'), onSending: (how: () => void) => (disconnect = how) };
    sender.send({ ...reply, onSent: () => sent.push('sent') }, false);
    assert.deepEqual([ends, sent], [[], []]);
    disconnect();
    disconnect();
    assert.deepEqual([response.calls.at(-1), ends, sent], ['close', ['ended'], ['sent']]);
  });

  it('sends a body in parts that take turns, each whole in one call, and the first one with the head', () => {
    const response = new FakeResponse();
    const { sender, ends, loop } = startSender(response);
    const body = Buffer.alloc(2 * LONE_PART_BYTES, 'x');
    sender.sendInTurns(bytesReply(200, 'text/plain', body), false);
    assert.equal(response.takenBytes, LONE_PART_BYTES);
    assert.deepEqual(ends, []);
    loop.turn();
    assert.deepEqual(ends, ['ended']);
    assert.ok(response.taken.equals(body));
    assert.deepEqual(new Set(response.parts.map(part => part.length)), new Set([LONE_PART_BYTES]));
    assert.equal(response.calls.filter(call => call.startsWith('writeStatus')).length, 1);
  });

  it('writes nothing more when its client goes away between two parts', () => {
    const response = new FakeResponse();
    const { sender, ends, loop } = startSender(response);
    sender.sendInTurns(bytesReply(200, 'text/plain', Buffer.alloc(2 * LONE_PART_BYTES)), false);
    response.abort();
    const calls = response.calls.length;
    for (let i = 0; i < 2; i++) loop.turn();
    assert.deepEqual([response.calls.length, response.takenBytes, ends], [calls, LONE_PART_BYTES, ['ended']]);
    assert.equal(loop.isIdle, true);
  });

  it('is not told of a body that was taken whole, nor at HEAD', () => {
    for (const [room, isHead] of [
      [Infinity, false],
      [0, true],
    ] as const) {
      const onSending = (): void => assert.fail('nothing is on its way');
      startSender(new FakeResponse(room)).sender.send({ ...textReply(200, 'body'), onSending }, isHead);
    }
  });
});
