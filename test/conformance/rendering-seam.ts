/**
 * Rendering seam: where the body of an exposition leaves a renderer.
 *
 * Renderers give it back from render(), or from the finish() of what their begin() returned; a render() on top of the
 * latter comes through it, and is not met twice.
 */
import type { RenderedBody } from '../../src/registry/renderers.js';

type Call = (this: object, ...args: never[]) => unknown;

/** A rendering that is given its families piece by piece. */
interface OpenRendering {
  finish(): RenderedBody;
}

/** Makes the body. To be called once. */
export type Finish = () => RenderedBody;

/**
 * Wraps every rendering of a class.
 *
 * @param around calls `finish` and returns what that returned
 * @throws Error when the class does not render: a check that nothing comes through is none
 */
export function aroundRenderings<R extends object>(
  prototype: R,
  around: (renderer: R, finish: Finish) => RenderedBody,
): void {
  const { begin, render } = prototype as { begin?: Call; render?: Call };
  if (begin !== undefined) {
    replace(prototype, 'begin', function (this: R, ...args: never[]): object {
      const open = begin.apply(this, args) as OpenRendering;
      const finish = open.finish.bind(open);
      open.finish = () => around(this, finish);
      return open;
    });
  } else if (render !== undefined) {
    replace(prototype, 'render', function (this: R, ...args: never[]): RenderedBody {
      return around(this, () => render.apply(this, args) as RenderedBody);
    });
  } else throw new Error(`${prototype.constructor.name} has neither render() nor begin()`);
}

function replace(prototype: object, name: string, value: unknown): void {
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
}
