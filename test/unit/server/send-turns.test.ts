import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { SentPart } from '../../../src/server/send-turns.js';
import {
  LONE_PART_BYTES,
  OVER,
  PART_BYTES,
  PartSender,
  SendTurns,
  TURN_BYTES,
} from '../../../src/server/send-turns.js';
import { ManualLoop } from './manual-loop.js';

/** Writes down whose turn it was, and hands over what its socket has room for. */
class LoggedSender extends PartSender {
  handedOverBytes = 0;
  isGone = false;

  constructor(
    readonly name: string,
    private leftBytes: number,
    private readonly log: string[],
    private roomBytes = Infinity,
  ) {
    super();
  }

  get isOver(): boolean {
    return this.leftBytes === 0 || this.isGone;
  }

  sendPart(bytesMax: number): SentPart {
    if (this.isOver) return OVER;
    this.log.push(this.name);
    const wanted = Math.min(bytesMax, this.leftBytes);
    const bytes = Math.min(wanted, this.roomBytes);
    this.leftBytes -= bytes;
    this.roomBytes -= bytes;
    this.handedOverBytes += bytes;
    if (this.isOver) return { bytes, next: 'over' };
    return { bytes, next: bytes === wanted ? 'goes on' : 'waits' };
  }

  makeRoom(bytes: number): void {
    this.roomBytes += bytes;
  }
}

function started() {
  const loop = new ManualLoop();
  const log: string[] = [];
  return { loop, log, turns: new SendTurns(loop.endOfTurn) };
}

/** More than one turn of the loop may come to. */
const TURN_BYTES_END = Math.max(TURN_BYTES + PART_BYTES, LONE_PART_BYTES + 1);
const PARTS_PER_TURN = TURN_BYTES / PART_BYTES;

describe('the turns of sending', () => {
  it('begin at once when nobody waits, and end after so many bytes', () => {
    const { loop, log, turns } = started();
    const sender = new LoggedSender('a', 10 * LONE_PART_BYTES, log);
    turns.add(sender);
    assert.equal(sender.handedOverBytes, LONE_PART_BYTES);
    loop.turn();
    assert.equal(sender.handedOverBytes, 2 * LONE_PART_BYTES);
    assert.deepEqual(log.splice(0), ['a', 'a']);
    turns.add(new LoggedSender('b', PART_BYTES, log));
    loop.turn();
    assert.deepEqual(log, ['a', 'b', 'a', 'a'].slice(0, PARTS_PER_TURN));
  });

  it('give every reply a part before any gets a second one', () => {
    const { loop, log, turns } = started();
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const name of names) turns.add(new LoggedSender(name, 4 * PART_BYTES, log));
    // The first one finds nobody waiting.
    assert.deepEqual(log.splice(0), ['a']);
    while (!loop.isIdle) loop.turn();
    const others = names.slice(1);
    assert.deepEqual(log, [...others, ...others, ...others, ...others]);
  });

  it('count a reply that is next to nothing as a system call', () => {
    const { loop, log, turns } = started();
    for (let i = 0; i < 100; i++) turns.add(new LoggedSender(String(i), 1, log));
    const begun = log.length;
    assert.ok(begun > PARTS_PER_TURN && begun < 100, `${begun} small replies in a turn`);
    loop.turn();
    assert.equal(log.length, 2 * begun);
  });

  it('pass over a reader that takes nothing, until it has taken something', () => {
    const { loop, log, turns } = started();
    const slow = new LoggedSender('slow', 3 * PART_BYTES, log, PART_BYTES / 2);
    turns.add(slow);
    turns.add(new LoggedSender('other', 8 * PART_BYTES, log));
    while (!loop.isIdle) loop.turn();
    assert.deepEqual(log.splice(0), ['slow', ...Array<string>(PARTS_PER_TURN + 1).fill('other')]);
    slow.makeRoom(Infinity);
    turns.resume(slow);
    // Not at once: in the callback of one reader nothing is written, however many have room.
    assert.deepEqual(log, []);
    loop.turn();
    assert.deepEqual(log, ['slow']);
    assert.equal(slow.isOver, true);
  });

  it('are one for a reader that says twice that it has room', () => {
    const { loop, log, turns } = started();
    const slow = new LoggedSender('slow', 8 * PART_BYTES, log, 0);
    turns.add(slow);
    while (!loop.isIdle) loop.turn();
    turns.add(new LoggedSender('other', 8 * PART_BYTES, log));
    slow.makeRoom(Infinity);
    turns.resume(slow);
    turns.resume(slow);
    log.length = 0;
    while (!loop.isIdle) loop.turn();
    const start = log.slice(0, 4);
    assert.ok(
      start.every((name, i) => i === 0 || name !== start[i - 1]),
      start.join(),
    );
  });

  it('are not held up, nor kept busy, by a client that is gone', () => {
    const { loop, log, turns } = started();
    const gone = new LoggedSender('gone', 3 * TURN_BYTES, log);
    turns.add(gone);
    const other = new LoggedSender('other', TURN_BYTES, log);
    turns.add(other);
    gone.isGone = true;
    loop.turn();
    assert.equal(other.isOver, true);
    loop.turn();
    assert.deepEqual([turns.isBusy, loop.isIdle], [false, true]);
  });

  it('tell once when they have become idle, and at once when they are', async () => {
    const { loop, log, turns } = started();
    await turns.idle();
    const told: string[] = [];
    turns.add(new LoggedSender('one', LONE_PART_BYTES + 1, log));
    const slow = new LoggedSender('slow', 2 * PART_BYTES, log, PART_BYTES);
    turns.add(slow);
    for (const name of ['a', 'b']) void turns.idle().then(() => told.push(name));
    while (!loop.isIdle) {
      assert.deepEqual([turns.isBusy, told], [true, []]);
      loop.turn();
      await Promise.resolve();
    }
    // The reader that takes nothing holds up nobody.
    assert.deepEqual([turns.isBusy, slow.isOver, told], [false, false, ['a', 'b']]);
    slow.makeRoom(Infinity);
    turns.resume(slow);
    while (!loop.isIdle) loop.turn();
    assert.deepEqual(told, ['a', 'b']);
  });

  it('are busy as long as bytes are left that nobody else holds up, and no longer', () => {
    const { loop, log, turns } = started();
    assert.equal(turns.isBusy, false);
    turns.add(new LoggedSender('quick', 2 * TURN_BYTES, log));
    const slow = new LoggedSender('slow', 4 * PART_BYTES, log, PART_BYTES);
    turns.add(slow);
    assert.equal(turns.isBusy, true);
    while (!loop.isIdle) loop.turn();
    assert.deepEqual([turns.isBusy, slow.isOver], [false, false]);
    // A reader that is slow once does not count again: it would be others that wait for it.
    slow.makeRoom(Infinity);
    turns.resume(slow);
    assert.equal(turns.isBusy, false);
    while (!loop.isIdle) loop.turn();
    assert.equal(slow.isOver, true);
  });

  it('stay busy with a reader that takes what it gets within a turn', () => {
    const { loop, log, turns } = started();
    const prompt = new LoggedSender('prompt', 3 * PART_BYTES, log, PART_BYTES / 2);
    turns.add(prompt);
    prompt.makeRoom(Infinity);
    turns.resume(prompt);
    assert.equal(turns.isBusy, true);
    loop.turn();
    loop.turn();
    assert.deepEqual([prompt.isOver, turns.isBusy], [true, false]);
  });
});

/** A mutant: who was served is served again first. */
class LastInFirstOut {
  private readonly stack: PartSender[] = [];

  constructor(private readonly endOfTurn: (turn: () => void) => void) {}

  add(sender: PartSender): void {
    this.stack.push(sender);
    if (this.stack.length === 1) this.endOfTurn(() => this.turn());
  }

  private turn(): void {
    const sender = this.stack.pop();
    if (sender?.sendPart(PART_BYTES).next === 'goes on') this.stack.push(sender);
    if (this.stack.length > 0) this.endOfTurn(() => this.turn());
  }
}

/** A mutant: everything is handed over when it comes. */
class AllAtOnce {
  constructor(_endOfTurn: (turn: () => void) => void) {}

  add(sender: PartSender): void {
    while (sender.sendPart(PART_BYTES).next === 'goes on');
  }
}

type NewTurns = new (endOfTurn: (turn: () => void) => void) => Pick<SendTurns, 'add'>;

/** Any sizes: no turn is longer than is promised, and who comes first is ahead by no more than a turn. */
function promisesHold(Turns: NewTurns) {
  const sizes = fc.array(fc.integer({ min: 1, max: 3 * LONE_PART_BYTES }), { minLength: 2, maxLength: 12 });
  return fc.property(sizes, bytes => {
    const loop = new ManualLoop();
    const turns = new Turns(loop.endOfTurn);
    const senders = bytes.map((each, i) => new LoggedSender(String(i), each, []));
    const handedOver = (): number => senders.reduce((sum, sender) => sum + sender.handedOverBytes, 0);
    for (const sender of senders) turns.add(sender);
    for (let before = 0; ; before = handedOver()) {
      const inTurn = handedOver() - before;
      assert.ok(inTurn < TURN_BYTES_END, `${inTurn} bytes in a turn`);
      if (loop.isIdle) break;
      const waiting = senders.filter(sender => !sender.isOver);
      const counts = waiting.map(sender => sender.handedOverBytes);
      const lead = Math.max(...counts) - Math.min(...counts);
      assert.ok(
        waiting.length === 0 || lead < TURN_BYTES_END + PART_BYTES,
        `one is ${lead} bytes ahead of another`,
      );
      loop.turn();
    }
    assert.ok(senders.every(sender => sender.isOver));
  });
}

describe('the turns of any replies', () => {
  it('are bounded, and the same for all', () => fc.assert(promisesHold(SendTurns)));

  for (const [Mutant, message] of [
    [AllAtOnce, /bytes in a turn/],
    [LastInFirstOut, /bytes ahead of another/],
  ] as const) {
    it(`are not with the mutant ${Mutant.name}`, () => {
      const { failed, errorInstance } = fc.check(promisesHold(Mutant));
      assert.equal(failed, true);
      assert.match(String(errorInstance), message);
    });
  }
});
