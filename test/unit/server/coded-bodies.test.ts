import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as endOfLoopTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { CodedBodies } from '../../../src/server/coded-bodies.js';
import { COMPRESSION_BYTES_MIN } from '../../../src/server/compression.js';
import type { Compress } from '../../../src/server/compression.js';
import { AS_IT_IS, chooseCoding } from '../../../src/server/content-coding.js';
import { HeldRendering } from '../../../src/server/held-rendering.js';

const TYPE = 'text/plain';
const GZIP = chooseCoding('gzip', ['gzip']);
const FORCED_GZIP = chooseCoding('gzip, identity;q=0', ['gzip']);
const ZSTD = chooseCoding('zstd', ['gzip', 'zstd']);

/** Compresses to the first byte of a body and a mark, and notes what it was given. */
class Marker {
  readonly compressed: string[] = [];
  hold: Promise<void> = Promise.resolve();

  readonly bodies = new CodedBodies(
    new Map([
      ['gzip', this.marking('g')],
      ['zstd', this.marking('z')],
    ]),
  );

  private marking(mark: string): Compress {
    return async body => {
      const first = String.fromCharCode(body[0]);
      this.compressed.push(first + mark);
      await this.hold;
      return Buffer.from(first + mark);
    };
  }
}

/** A rendering of one letter, long enough, that knows whether it was given back. */
class Rendered {
  released = 0;
  readonly held: HeldRendering;
  private readonly letGo: () => void;

  constructor(letter: string, length = COMPRESSION_BYTES_MIN) {
    const body = Buffer.alloc(length, letter);
    this.held = new HeldRendering({ body, contentType: TYPE, release: () => void this.released++ });
    // As the caller of encode does.
    this.letGo = this.held.hold();
  }

  async encode(bodies: CodedBodies, choice = GZIP, keepAs: string | null = TYPE): Promise<string> {
    const { body, coding } = await bodies.encode(this.held, choice, keepAs ?? undefined);
    this.letGo();
    return coding === 'identity' ? 'identity' : Buffer.from(body).toString();
  }
}

describe('a coded body', () => {
  it('is compressed again only when the bytes are others', async () => {
    const { bodies, compressed } = new Marker();
    for (const letter of ['a', 'a', 'b', 'b', 'a']) {
      assert.equal(await new Rendered(letter).encode(bodies), `${letter}g`);
    }
    assert.deepEqual(compressed, ['ag', 'bg', 'ag']);
  });

  it('is another one for each coding and each content type', async () => {
    const { bodies, compressed } = new Marker();
    for (let round = 0; round < 2; round++) {
      assert.equal(await new Rendered('a').encode(bodies, GZIP), 'ag');
      assert.equal(await new Rendered('a').encode(bodies, ZSTD), 'az');
      assert.equal(await new Rendered('a').encode(bodies, GZIP, 'application/openmetrics-text'), 'ag');
    }
    assert.deepEqual(compressed, ['ag', 'az', 'ag']);
  });

  it('is made once for two that ask at the same time', async () => {
    const marker = new Marker();
    const rendered = new Rendered('a');
    const both = [GZIP, GZIP].map(choice => marker.bodies.encode(rendered.held, choice, TYPE));
    const [one, two] = await Promise.all(both);
    assert.equal(one.body, two.body);
    assert.deepEqual(marker.compressed, ['ag']);
  });

  it('is not kept when it will not come again', async () => {
    const { bodies, compressed } = new Marker();
    const rendered = [new Rendered('a'), new Rendered('a')];
    for (const each of rendered) {
      assert.equal(await each.encode(bodies, GZIP, null), 'ag');
      assert.equal(each.released, 1);
    }
    assert.deepEqual(compressed, ['ag', 'ag']);
  });

  it('is the body itself where that is small, unless the client refuses that', async () => {
    const { bodies } = new Marker();
    assert.equal(await new Rendered('a', COMPRESSION_BYTES_MIN - 1).encode(bodies), 'identity');
    assert.equal(await new Rendered('a', 10).encode(bodies, FORCED_GZIP), 'ag');
    assert.equal(await new Rendered('a').encode(bodies, AS_IT_IS), 'identity');
  });

  it('is the body itself where compressing makes it no smaller, unless the client refuses that', async () => {
    const bodies = new CodedBodies(new Map([['gzip', async body => Buffer.concat([body, body])]]));
    assert.equal(await new Rendered('a').encode(bodies), 'identity');
    assert.match(await new Rendered('a').encode(bodies, FORCED_GZIP), /^a+$/);
  });

  it('is the body itself when compressing fails, and is tried again', async () => {
    let attempts = 0;
    const bodies = new CodedBodies(
      new Map([
        [
          'gzip',
          async () => {
            attempts++;
            if (attempts === 1) throw new Error('no memory');
            return Buffer.from('coded');
          },
        ],
      ]),
    );
    assert.equal(await new Rendered('a').encode(bodies), 'identity');
    assert.equal(await new Rendered('a').encode(bodies), 'coded');
    assert.equal(attempts, 2);
  });

  it('is that of these very bytes, also when they differ in one bit', async () => {
    const { bodies } = new Marker();
    await fc.assert(
      fc.asyncProperty(fc.nat(COMPRESSION_BYTES_MIN - 1), fc.nat(7), async (at, bit) => {
        const coded = new CodedBodies(
          new Map([['gzip', async body => Buffer.from(body.subarray(at, at + 1))]]),
        );
        const first = new Rendered('a');
        const changed = new Rendered('a');
        changed.held.body[at] ^= 1 << bit;
        const seen = [await first.encode(coded), await changed.encode(coded)];
        assert.notEqual(seen[0], seen[1]);
      }),
    );
    assert.deepEqual(bodies.available, ['gzip', 'zstd']);
  });
});

describe('the memory of coded bodies', () => {
  it('is one rendering for each content type, which is held and not copied', async () => {
    const { bodies } = new Marker();
    const renderings = ['a', 'a', 'b'].map(letter => new Rendered(letter));
    for (const each of renderings) await each.encode(bodies);
    // The second was like the first, which is what is kept until the third.
    assert.deepEqual(
      renderings.map(each => each.released),
      [1, 1, 0],
    );
    bodies.clear();
    assert.deepEqual(
      renderings.map(each => each.released),
      [1, 1, 1],
    );
  });

  it('is four content types, of which the one that was not used for longest goes', async () => {
    const { bodies, compressed } = new Marker();
    const types = ['1', '2', '3', '4'];
    const renderings = types.map(() => new Rendered('a'));
    for (const [i, type] of types.entries()) await renderings[i].encode(bodies, GZIP, type);
    await new Rendered('a').encode(bodies, GZIP, '1');
    await new Rendered('a').encode(bodies, GZIP, '5');
    assert.deepEqual(
      renderings.map(each => each.released),
      [0, 1, 0, 0],
    );
    assert.equal(compressed.length, 5);
    await new Rendered('a').encode(bodies, GZIP, '1');
    assert.equal(compressed.length, 5);
  });

  it('is not given back while it is being compressed, also when it is dropped meanwhile', async () => {
    const marker = new Marker();
    let proceed = (): void => undefined;
    marker.hold = new Promise(resolve => (proceed = resolve));
    const first = new Rendered('a');
    const second = new Rendered('b');
    const pending = [first.encode(marker.bodies), second.encode(marker.bodies)];
    marker.bodies.clear();
    await endOfLoopTurn();
    assert.deepEqual([first.released, second.released], [0, 0]);
    proceed();
    assert.deepEqual(await Promise.all(pending), ['ag', 'bg']);
    assert.deepEqual([first.released, second.released], [1, 1]);
  });
});

describe('a held rendering', () => {
  it('is given back once, when the last holder lets go', () => {
    let released = 0;
    const held = new HeldRendering({
      body: new Uint8Array(1),
      contentType: TYPE,
      release: () => void released++,
    });
    const [first, second] = [held.hold(), held.hold()];
    first();
    first();
    assert.equal(released, 0);
    second();
    second();
    assert.equal(released, 1);
  });

  it('is let go of without an exception when its source does not take it, or does not want it', () => {
    const thrown = () => {
      throw new Error('from the source');
    };
    assert.doesNotThrow(
      new HeldRendering({ body: new Uint8Array(1), contentType: TYPE, release: thrown }).hold(),
    );
    assert.doesNotThrow(new HeldRendering({ body: new Uint8Array(1), contentType: TYPE }).hold());
  });
});
