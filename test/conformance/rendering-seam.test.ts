import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RenderedBody } from '../../src/registry/renderers.js';
import { aroundRenderings } from './rendering-seam.js';

function bodyOf(text: string): RenderedBody {
  return { body: Buffer.from(text), release: () => undefined };
}

/** Renders in one call. */
class Whole {
  render(text: string): RenderedBody {
    return bodyOf(text);
  }
}

/** Renders piece by piece, and in one call on top of that. */
class Pieces {
  begin(first: string): { add(text: string): void; finish(): RenderedBody } {
    let all = first;
    return { add: text => void (all += text), finish: () => bodyOf(all) };
  }

  render(text: string): RenderedBody {
    return this.begin(text).finish();
  }
}

/** What came through the seam. */
function seenOf<R extends object>(prototype: R): string[] {
  const seen: string[] = [];
  aroundRenderings(prototype, (renderer, finish) => {
    const rendering = finish();
    seen.push(`${renderer.constructor.name} ${Buffer.from(rendering.body).toString()}`);
    return rendering;
  });
  return seen;
}

describe('every rendering', () => {
  it('is seen when it comes in one call', () => {
    const seen = seenOf(Whole.prototype);
    assert.equal(Buffer.from(new Whole().render('x').body).toString(), 'x');
    assert.deepEqual(seen, ['Whole x']);
  });

  it('is seen once when it comes piece by piece, whoever asked for it', () => {
    const seen = seenOf(Pieces.prototype);
    const open = new Pieces().begin('a');
    open.add('b');
    assert.deepEqual(seen, [], 'nothing is rendered yet');
    assert.equal(Buffer.from(open.finish().body).toString(), 'ab');
    new Pieces().render('c');
    assert.deepEqual(seen, ['Pieces ab', 'Pieces c']);
  });

  it('of a class that does not render is an error, not nothing', () => {
    assert.throws(() => seenOf(class Other {}.prototype), {
      message: 'Other has neither render() nor begin()',
    });
  });
});
