import assert from 'node:assert/strict';
import { setImmediate as loopTurn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import type { NoAnswer, OtlpAnswer } from '../../../src/otel/otlp-attempt.js';
import type { DeliveryOutcome } from '../../../src/otel/otlp-delivery.js';
import { deliver } from '../../../src/otel/otlp-delivery.js';
import { partialSuccessOf } from '../../../src/otel/partial-success.js';
import { backoffMs, retryAfterMs } from '../../../src/otel/retry-pause.js';
import { TurnedTimers } from './export-bench.js';

type Reply = number | NoAnswer['failure'] | Partial<OtlpAnswer>;

const NO_BODY = new Uint8Array(0);
const BODY = Uint8Array.of(1, 2, 3);
const WALL_MS = Date.UTC(2026, 0, 1);

function answerOf(reply: Reply): OtlpAnswer | NoAnswer {
  if (typeof reply === 'string')
    return { failure: reply, detail: reply === 'connection' ? 'ECONNREFUSED' : '' };
  const answer = { failure: undefined, status: 200, retryAfter: '', contentType: '', body: NO_BODY };
  return typeof reply === 'number' ? { ...answer, status: reply } : { ...answer, ...reply };
}

/** A delivery whose receiver replies so, one reply for each attempt, the last one to all further ones. */
class Bench {
  readonly timers = new TurnedTimers();
  readonly attemptsMs: number[] = [];
  readonly limitsMs: number[] = [];
  readonly controller = new AbortController();
  outcome: DeliveryOutcome | undefined;

  constructor(
    private readonly replies: readonly Reply[],
    deadlineMs = 10_000,
  ) {
    const send = (body: Uint8Array, { limitMs }: { limitMs: number }): Promise<OtlpAnswer | NoAnswer> => {
      assert.equal(body, BODY);
      this.attemptsMs.push(this.timers.nowMs());
      this.limitsMs.push(limitMs);
      return Promise.resolve(answerOf(this.replies[this.attemptsMs.length - 1] ?? this.replies.at(-1)!));
    };
    const limits = { deadlineMs, signal: this.controller.signal };
    const options = { timers: this.timers, wallMs: () => WALL_MS, random: () => 0 };
    void deliver(BODY, send, limits, options).then(outcome => (this.outcome = outcome));
  }

  /** Lets time pass in steps, until the delivery is over. */
  async run(): Promise<DeliveryOutcome> {
    for (let turns = 0; turns < 1_000 && this.outcome === undefined; turns++) {
      await loopTurn();
      if (this.outcome === undefined) this.timers.advance(100);
    }
    assert.equal(this.timers.count, 0, 'a timer is left');
    return this.outcome!;
  }
}

describe('a delivery', () => {
  it('is over with the first answer that takes it', async () => {
    const bench = new Bench([202]);
    assert.deepEqual(await bench.run(), { failure: undefined, rejected: 0, message: '' });
    assert.deepEqual(bench.attemptsMs, [0]);
  });

  for (const reply of [429, 502, 503, 504, 'connection'] as const) {
    it(`is repeated after ${reply}, each time after a longer pause`, async () => {
      const bench = new Bench([reply, reply, reply, 200]);
      assert.equal((await bench.run()).failure, undefined);
      assert.deepEqual(bench.attemptsMs, [0, 500, 1_500, 3_500]);
      assert.deepEqual(bench.limitsMs, [10_000, 9_500, 8_500, 6_500]);
    });
  }

  for (const status of [301, 400, 401, 404, 413, 500, 501])
    it(`is not repeated after ${status}`, async () => {
      const bench = new Bench([status, 200]);
      assert.deepEqual(await bench.run(), { failure: 'rejected', detail: `HTTP ${status}`, pauseMs: 0 });
      assert.equal(bench.attemptsMs.length, 1);
    });

  it('ends before an attempt that would begin after its deadline', async () => {
    const bench = new Bench([503], 3_000);
    assert.deepEqual(await bench.run(), { failure: 'unavailable', detail: 'HTTP 503', pauseMs: 0 });
    assert.deepEqual(bench.attemptsMs, [0, 500, 1_500]);
  });

  it('waits as long as the receiver asks, and gives up at once when that is too long', async () => {
    const waits = new Bench([{ status: 429, retryAfter: '7' }, 200]);
    assert.equal((await waits.run()).failure, undefined);
    assert.deepEqual(waits.attemptsMs, [0, 7_000]);
    const date = new Bench([{ status: 503, retryAfter: new Date(WALL_MS + 4_000).toUTCString() }, 200]);
    await date.run();
    assert.deepEqual(date.attemptsMs, [0, 4_000]);
    const tooLong = new Bench([{ status: 503, retryAfter: '60' }]);
    assert.deepEqual(await tooLong.run(), { failure: 'unavailable', detail: 'HTTP 503', pauseMs: 60_000 });
    assert.equal(tooLong.timers.nowMs(), 0);
  });

  it('waits no less than without being asked: a receiver that asks for nothing is not asked without end', async () => {
    for (const retryAfter of ['0', new Date(WALL_MS - 60_000).toUTCString()]) {
      const bench = new Bench([{ status: 503, retryAfter }], 4_000);
      assert.deepEqual(await bench.run(), { failure: 'unavailable', detail: 'HTTP 503', pauseMs: 0 });
      assert.deepEqual(bench.attemptsMs, [0, 500, 1_500, 3_500]);
    }
  });

  it('says that there was no answer in time', async () => {
    assert.deepEqual(await new Bench(['timeout']).run(), { failure: 'timeout', detail: '', pauseMs: 0 });
    const late = new Bench([200], 0);
    assert.deepEqual(await late.run(), { failure: 'timeout', detail: '', pauseMs: 0 });
    assert.deepEqual(late.attemptsMs, []);
  });

  for (const [reply, failure, detail] of [
    [503, 'unavailable', 'HTTP 503'],
    ['connection', 'connection', 'ECONNREFUSED'],
  ] as const)
    it(`says ${failure} also when a later attempt had no time for an answer`, async () => {
      assert.deepEqual(await new Bench([reply, 'timeout']).run(), { failure, detail, pauseMs: 0 });
    });

  it('is ended within a pause', async () => {
    const bench = new Bench([503]);
    await loopTurn();
    bench.controller.abort();
    assert.deepEqual(await bench.run(), { failure: 'unavailable', detail: 'HTTP 503', pauseMs: 0 });
    assert.equal(bench.timers.nowMs(), 0);
  });
});

describe('pauses between attempts', () => {
  it('grow up to a limit, and are shortened by chance by a half at most', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 5, 60].map(attempts => backoffMs(attempts, 0)),
      [500, 1_000, 2_000, 4_000, 5_000, 5_000],
    );
    assert.equal(backoffMs(2, 1), 500);
  });

  it('are what the header says, and nothing for what it does not', () => {
    assert.equal(retryAfterMs(' 3 ', WALL_MS), 3_000);
    assert.equal(retryAfterMs('Thu, 01 Jan 2026 00:00:09 GMT', WALL_MS), 9_000);
    assert.equal(retryAfterMs('Thu, 01 Jan 1998 00:00:09 GMT', WALL_MS), 0);
    for (const text of ['', 'soon', '-5x']) assert.equal(retryAfterMs(text, WALL_MS), undefined, text);
  });
});

describe('what an answer says of data points that were refused', () => {
  const said = (contentType: string, body: Uint8Array | string) =>
    partialSuccessOf({ ...(answerOf(200) as OtlpAnswer), contentType, body: Buffer.from(body as string) });

  it('is read in JSON', () => {
    const body = JSON.stringify({ partialSuccess: { rejectedDataPoints: '12', errorMessage: 'too old' } });
    assert.deepEqual(said('application/json; charset=utf-8', body), { rejected: 12, message: 'too old' });
    assert.deepEqual(said('application/json', '{}'), { rejected: 0, message: '' });
    assert.deepEqual(said('application/json', '{"partialSuccess":{"errorMessage":"slow down"}}'), {
      rejected: 0,
      message: 'slow down',
    });
  });

  it('is read in protobuf', () => {
    const message = Buffer.from('too old');
    const partial = Buffer.concat([Buffer.from([0x08, 0xac, 0x02, 0x12, message.length]), message]);
    const body = Buffer.concat([Buffer.from([0x0a, partial.length]), partial]);
    assert.deepEqual(said('application/x-protobuf', body), { rejected: 300, message: 'too old' });
    // With fields that nobody knows yet, of every wire type.
    const unknown = Buffer.from([0x18, 1, 0x21, 0, 0, 0, 0, 0, 0, 0, 0, 0x2d, 0, 0, 0, 0, 0x32, 1, 7]);
    const more = Buffer.concat([unknown, body]);
    assert.deepEqual(said('application/x-protobuf', more), { rejected: 300, message: 'too old' });
    assert.deepEqual(said('application/x-protobuf', ''), { rejected: 0, message: '' });
  });

  it('is nothing when it is damaged, endless or negative', () => {
    for (const body of [[0x0a], [0x0a, 5, 1], [0xff, 0xff], [0x0a, 2, 0x08], [0x0b], [0x0a, 1, 0x80]])
      assert.equal(said('application/x-protobuf', Buffer.from(body)).rejected, 0, body.join());
    const minusOne = [0x0a, 11, 0x08, ...Array.from({ length: 9 }, () => 0xff), 1];
    assert.equal(said('', Buffer.from(minusOne)).rejected, 0);
    for (const body of [
      '',
      'null',
      '[]',
      '{"partialSuccess":7}',
      '{"partialSuccess":{"rejectedDataPoints":"x"}}',
    ])
      assert.equal(said('application/json', body).rejected, 0, body);
  });
});
