/** A server gives a rendering back once, after everyone who shares it has got it or gone away. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import type { MetricsSource, Rendering } from '../../src/server/index.js';
import { serveMetrics } from '../../src/server/index.js';

const BODY = Buffer.from('# EOF\n'.repeat(1_000));

/** Counts what is rendered and what is given back; a render ends when the test says so. */
class CountingSource implements MetricsSource {
  rendered = 0;
  released = 0;
  started = (): void => undefined;
  private proceed = (): void => undefined;
  private gate = Promise.resolve();

  hold(): void {
    this.gate = new Promise(resolve => (this.proceed = resolve));
  }

  letGo(): void {
    this.proceed();
  }

  async render(): Promise<Rendering> {
    this.rendered++;
    this.started();
    await this.gate;
    return { body: BODY, contentType: 'text/plain', release: () => void this.released++ };
  }
}

for (const transport of ['node', 'auto'] as const) {
  describe(`a server on ${transport}`, () => {
    it('gives a rendering back after each scrape', async () => {
      const source = new CountingSource();
      const server = await serveMetrics(source, { port: 0, transport });
      for (let i = 1; i <= 3; i++) {
        const response = await fetch(`${server.url}/metrics`);
        assert.equal((await response.text()).length, BODY.length);
      }
      await fetch(`${server.url}/metrics`, { method: 'HEAD' });
      await server.close();
      assert.deepEqual([source.rendered, source.released], [4, 4]);
    });

    it('gives one that several scrapes share back once', async () => {
      const source = new CountingSource();
      const server = await serveMetrics(source, { port: 0, transport });
      const bodies = await Promise.all(
        Array.from({ length: 8 }, async () => (await fetch(`${server.url}/metrics`)).text()),
      );
      assert.ok(bodies.every(body => body.length === BODY.length));
      await server.close();
      assert.ok(source.rendered <= 8);
      assert.equal(source.released, source.rendered);
    });

    it('gives one back whose client has gone away meanwhile', async () => {
      const source = new CountingSource();
      const server = await serveMetrics(source, { port: 0, transport });
      source.hold();
      const started = new Promise<void>(resolve => (source.started = resolve));
      const socket = connect(server.port, server.host);
      socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
      await started;
      socket.destroy();
      await once(socket, 'close');
      source.letGo();
      await server.close();
      assert.deepEqual([source.rendered, source.released], [1, 1]);
    });
  });
}
