/**
 * A program that serves metrics and does what its parent tells it.
 *
 *   argv     the options of serveMetrics as JSON, and which source to serve: gated, huge or throwing
 *   sends    its port; 'rendering' when a gated render begins
 *   obeys    'finish' the gated render, 'close' and end when nothing is left to do, 'exit' at once;
 *            'memory' by sending the bytes that the process has
 */
import { serveMetrics } from '../../src/server/index.js';
import type { MetricsSource } from '../../src/server/index.js';
import { fixedSource, GatedSource, hugeBody } from './server-sources.js';

const [optionsText, sourceName] = process.argv.slice(2);
const gated = new GatedSource();

const sources: Record<string, () => MetricsSource> = {
  gated: () => gated,
  huge: () => fixedSource(hugeBody()),
  throwing: () => ({ render: throwAlways }),
};

function throwAlways(): never {
  throw new Error('thrown by the application');
}

const server = await serveMetrics(sources[sourceName](), {
  port: 0,
  ...(sourceName === 'throwing' ? { isReady: throwAlways } : {}),
  ...JSON.parse(optionsText),
});

let render = gated.nextRender();
const announceRender = () => void render.then(() => process.send?.('rendering'));
announceRender();

const commands: Record<string, () => Promise<void> | void> = {
  async finish() {
    const begun = await render;
    render = gated.nextRender();
    announceRender();
    begun.finish('finished');
  },
  async close() {
    await server.close();
    // Nothing may keep the process now: it ends by itself, or the test never does.
    process.disconnect();
  },
  exit: () => process.exit(0),
  memory: () => void process.send?.(process.memoryUsage().rss),
};

process.on('message', (command: string) => void commands[command]());
process.send?.(server.port);
