/** Fake registries for the server tests. */
import type { MetricsSource, Rendering } from '../../src/server/index.js';

export const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function rendering(body: string | Uint8Array): Rendering {
  return { body: typeof body === 'string' ? Buffer.from(body) : body, contentType: TEXT_TYPE };
}

export function fixedSource(body: string | Uint8Array): MetricsSource {
  return { render: () => Promise.resolve(rendering(body)) };
}

interface StartedRender {
  finish(body: string | Uint8Array): void;
  fail(error: Error): void;
}

/** Its renders last until the test ends them, and the test can wait for one to begin. */
export class GatedSource implements MetricsSource {
  renderCount = 0;
  private readonly started: StartedRender[] = [];
  private readonly waiters: ((render: StartedRender) => void)[] = [];

  render(): Promise<Rendering> {
    this.renderCount++;
    return new Promise((resolve, reject) => {
      const render = { finish: (body: string | Uint8Array) => resolve(rendering(body)), fail: reject };
      const waiter = this.waiters.shift();
      if (waiter === undefined) this.started.push(render);
      else waiter(render);
    });
  }

  /** The next render that has begun, or will. */
  nextRender(): Promise<StartedRender> {
    const render = this.started.shift();
    if (render !== undefined) return Promise.resolve(render);
    return new Promise(resolve => this.waiters.push(resolve));
  }
}

/** A body larger than what the sockets of one connection hold, so that a reader can be slow. No two spots look alike. */
export function hugeBody(): Uint8Array {
  const words = new Uint32Array(5_000_000);
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i, 2_654_435_761);
  return new Uint8Array(words.buffer);
}
