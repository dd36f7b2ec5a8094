import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BodiesInFlight } from '../../../src/server/bodies-in-flight.js';

/** A reader that ends its count when it is disconnected, as a transport does. */
class Reader {
  isConnected = true;
  readonly end: () => void;

  constructor(inFlight: BodiesInFlight, body: Uint8Array) {
    let end = (): void => undefined;
    end = inFlight.begin(body, () => {
      this.isConnected = false;
      end();
    });
    this.end = end;
  }
}

function bodies(count: number): Uint8Array[] {
  return Array.from({ length: count }, () => new Uint8Array(1));
}

function connected(readers: readonly Reader[]): boolean[] {
  return readers.map(reader => reader.isConnected);
}

describe('bodies in flight', () => {
  it('may have any number of readers each', () => {
    const inFlight = new BodiesInFlight(1);
    const [body] = bodies(1);
    const readers = Array.from({ length: 100 }, () => new Reader(inFlight, body));
    assert.ok(connected(readers).every(Boolean));
  });

  it('are as many as may be: one more disconnects the readers of the oldest', () => {
    const inFlight = new BodiesInFlight(2);
    const [a, b, c] = bodies(3);
    const readers = [a, a, b, c].map(body => new Reader(inFlight, body));
    assert.deepEqual(connected(readers), [false, false, true, true]);
  });

  it('are as old as the last of their readers', () => {
    const inFlight = new BodiesInFlight(2);
    const [a, b, c] = bodies(3);
    const readers = [a, b, a, c].map(body => new Reader(inFlight, body));
    assert.deepEqual(connected(readers), [true, false, true, true]);
  });

  it('do not count any more when their readers have ended, each once', () => {
    const inFlight = new BodiesInFlight(2);
    const [a, b, c] = bodies(3);
    const readers = [a, a, b].map(body => new Reader(inFlight, body));
    readers[0].end();
    readers[0].end();
    readers[1].end();
    const last = new Reader(inFlight, c);
    assert.deepEqual(connected([...readers, last]), [true, true, true, true]);
    const [d] = bodies(1);
    assert.equal(new Reader(inFlight, d).isConnected, true);
    assert.deepEqual(connected([readers[2], last]), [false, true]);
  });

  it('may be sent again after their readers were disconnected', () => {
    const inFlight = new BodiesInFlight(1);
    const [a, b] = bodies(2);
    const first = new Reader(inFlight, a);
    const second = new Reader(inFlight, b);
    const third = new Reader(inFlight, a);
    first.end();
    assert.deepEqual(connected([first, second, third]), [false, false, true]);
    assert.equal(new Reader(inFlight, b).isConnected, true);
    assert.equal(third.isConnected, false);
  });
});
