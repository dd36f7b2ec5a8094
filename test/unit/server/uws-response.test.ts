import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { textReply } from '../../../src/server/reply.js';
import type { UwsResponse } from '../../../src/server/uws-binding.js';
import { ReplySender } from '../../../src/server/uws-response.js';

/** A native response that takes `roomBytes` at a time and throws, as the real one, when it is touched after its end. */
class FakeResponse implements UwsResponse {
  readonly calls: string[] = [];
  readonly taken: number[] = [];
  isOver = false;
  throwIn: keyof UwsResponse | undefined;
  abort: () => void = () => {};
  private writable: (offset: number) => boolean = () => true;

  constructor(private readonly roomBytes = Infinity) {}

  onAborted(handler: () => void): void {
    this.touch('onAborted');
    this.abort = () => {
      this.isOver = true;
      handler();
    };
  }

  onWritable(handler: (offset: number) => boolean): void {
    this.touch('onWritable');
    this.writable = handler;
  }

  cork(write: () => void): void {
    this.touch('cork');
    write();
  }

  writeStatus(status: string): void {
    this.touch('writeStatus', status);
  }

  writeHeader(name: string, value: string): void {
    this.touch('writeHeader', `${name}=${value}`);
  }

  tryEnd(chunk: Uint8Array, totalBytes: number): [boolean, boolean] {
    this.touch('tryEnd', `${chunk.length} of ${totalBytes}`);
    this.taken.push(...chunk.subarray(0, this.roomBytes));
    this.isOver = this.taken.length === totalBytes;
    return [this.isOver, this.isOver];
  }

  endWithoutBody(): void {
    this.touch('endWithoutBody');
    this.isOver = true;
  }

  close(): void {
    this.touch('close');
    this.abort();
  }

  drain(): boolean {
    return this.writable(this.taken.length);
  }

  private touch(name: keyof UwsResponse, detail?: string): void {
    if (this.isOver) {
      this.calls.push(`${name} after the end`);
      throw new Error(`${name} after the end`);
    }
    if (this.throwIn === name) throw new Error(`${name} failed`);
    this.calls.push(detail === undefined ? name : `${name} ${detail}`);
  }
}

function startSender(response: FakeResponse, readerStallMs = 60_000) {
  const ends: string[] = [];
  return { sender: new ReplySender(response, () => ends.push('ended'), readerStallMs), ends };
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
    assert.deepEqual([response.taken.length, ends.length], [0, 1]);
  });

  it('continues where the socket stopped taking bytes', () => {
    const response = new FakeResponse(3);
    const { sender, ends } = startSender(response);
    sender.send(textReply(200, '0123456'), false);
    assert.deepEqual([response.drain(), ends.length], [false, 0]);
    assert.deepEqual([response.drain(), ends.length], [true, 1]);
    assert.equal(Buffer.from(response.taken).toString(), '0123456\n');
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
    const { sender, ends } = startSender(response);
    sender.send(textReply(200, 'body'), false);
    response.throwIn = 'tryEnd';
    assert.equal(response.drain(), true);
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
    const { sender, ends } = startSender(response, 100);
    sender.send(textReply(200, '0123456'), false);
    for (let i = 0; i < 3; i++) {
      test.mock.timers.tick(99);
      response.drain();
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
