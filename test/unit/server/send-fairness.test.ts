/**
 * What else is to be done while many large replies are sent: the shipped transports with native responses that take
 * everything, so that nothing but the server itself ends a turn of the loop.
 */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, it } from 'node:test';
import { setImmediate as endOfLoopTurn } from 'node:timers/promises';
import { Endpoints } from '../../../src/server/endpoints.js';
import { MetricsEndpoint } from '../../../src/server/metrics-endpoint.js';
import { InFlight } from '../../../src/server/in-flight.js';
import type { MetricsSource } from '../../../src/server/index.js';
import { metricsHandler } from '../../../src/server/index.js';
import { scrapeRequestOf, sendReplyInTurns } from '../../../src/server/node-response.js';
import type { PartSender } from '../../../src/server/send-turns.js';
import { LONE_PART_BYTES, PART_BYTES, SendTurns, TURN_BYTES } from '../../../src/server/send-turns.js';
import type { Listener } from '../../../src/server/transport.js';
import type { UwsApp, UwsBinding, UwsRequest, UwsResponse } from '../../../src/server/uws-binding.js';
import { UwsTransport } from '../../../src/server/uws-transport.js';
import { FakeResponse } from './fake-uws-response.js';

const SCRAPES = 32;
const BODY_BYTES = 700_000;
/** More than one turn of the loop may come to: parts of some replies, or a larger one of a reply that found no other. */
const TURN_BYTES_END = Math.max(TURN_BYTES + PART_BYTES, LONE_PART_BYTES + 1);
const ALL_BYTES = SCRAPES * BODY_BYTES;
const OPTIONS = { path: '/metrics', isReady: () => true, renderTimeoutMs: 600_000, compression: true };

/** Numbers its renderings, and has begun each of them after all replies of the one before. */
class NumberedBodies implements MetricsSource {
  renders = 0;
  onRender: () => void = () => {};

  async render() {
    this.onRender();
    return { body: Buffer.alloc(BODY_BYTES, String(++this.renders)), contentType: 'text/plain' };
  }
}

const listeners: Listener[] = [];
afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.destroy();
});

/** The shipped transport, whose native side is called by the test. */
async function uwsServer(source: MetricsSource, turns?: SendTurns) {
  let handler: Parameters<UwsApp['any']>[1] | undefined;
  const binding: UwsBinding = {
    LIBUS_LISTEN_EXCLUSIVE_PORT: 1,
    App: () => ({
      any: (_pattern, handle) => (handler = handle),
      listen: (_host, _port, _options, done) => done({}),
      close: () => {},
    }),
    us_listen_socket_close: () => {},
    us_socket_local_port: () => 1,
  };
  const endpoints = new Endpoints(source, { ...OPTIONS, turns });
  const service = { endpoints, inFlight: new InFlight() };
  listeners.push(await new UwsTransport(binding).listen('127.0.0.1', 0, service));
  return (path: string): FakeResponse => {
    const response = new FakeResponse();
    handler!(response as UwsResponse, requestFor(path));
    return response;
  };
}

function requestFor(path: string): UwsRequest {
  return { getMethod: () => 'get', getUrl: () => path, getQuery: () => '', getHeader: () => '' };
}

/** A mutant: every reply is sent when it is there. */
class AllAtOnce extends SendTurns {
  override add(sender: PartSender): void {
    while (sender.sendPart(PART_BYTES).next === 'goes on');
  }
}

/** In how many turns of the loop the scrapes were sent, and that /health was answered within each of them. */
async function turnsTaken(get: (path: string) => FakeResponse): Promise<number> {
  const scrapes = Array.from({ length: SCRAPES }, () => get('/metrics'));
  const sentBytes = (): number => scrapes.reduce((sum, { takenBytes }) => sum + takenBytes, 0);
  let turns = 0;
  for (let before = 0; before < ALL_BYTES; before = sentBytes()) {
    await endOfLoopTurn();
    const health = get('/health');
    assert.equal(health.isOver, true);
    const inTurn = sentBytes() - before;
    assert.ok(inTurn < TURN_BYTES_END, `/health waited for ${inTurn} bytes of others`);
    if (inTurn > 0) turns++;
  }
  return turns;
}

interface Waves {
  readonly first: readonly FakeResponse[];
  readonly later: readonly FakeResponse[];
  /** Of the first ones, how many were not complete when the second rendering began. */
  readonly firstLeft: number;
}

/** Scrapes that come together, and one more in each turn of the loop while they are sent. */
async function twoWaves(source: NumberedBodies, get: (path: string) => FakeResponse): Promise<Waves> {
  const first = Array.from({ length: SCRAPES }, () => get('/metrics'));
  let firstLeft = 0;
  source.onRender = () => {
    if (source.renders === 1) firstLeft = first.filter(scrape => !scrape.isOver).length;
  };
  // Whoever comes before the end of this turn would share the first one.
  while (source.renders === 0) await endOfLoopTurn();
  const later: FakeResponse[] = [];
  do {
    later.push(get('/metrics'));
    await endOfLoopTurn();
  } while (!first.every(scrape => scrape.isOver));
  while (!later.every(scrape => scrape.isOver)) await endOfLoopTurn();
  return { first, later, firstLeft };
}

describe('many large replies over uWebSockets.js', () => {
  it('let /health be answered between their parts', async () => {
    const turns = await turnsTaken(await uwsServer(new NumberedBodies()));
    assert.ok(turns >= (ALL_BYTES - LONE_PART_BYTES) / (TURN_BYTES + PART_BYTES), `${turns} turns`);
  });

  it('hold up /health in a mutant that sends each reply when it is there', async () => {
    const get = await uwsServer(new NumberedBodies(), new AllAtOnce());
    await assert.rejects(turnsTaken(get), /health waited for 22400000 bytes of others/);
  });

  it('are complete before the next rendering begins, which all share that came meanwhile', async () => {
    const source = new NumberedBodies();
    const { first, later, firstLeft } = await twoWaves(source, await uwsServer(source));
    assert.deepEqual([source.renders, firstLeft], [2, 0]);
    assert.ok(later.length > 10, `${later.length} scrapes came meanwhile`);
    for (const [scrapes, number] of [
      [first, '1'],
      [later, '2'],
    ] as const) {
      const body = Buffer.alloc(BODY_BYTES, number);
      for (const scrape of scrapes) assert.ok(scrape.taken.equals(body));
    }
  });

  it('are not complete by then in a mutant that does not wait for them, and renders for a few', async () => {
    const source = new NumberedBodies();
    const turns = new SendTurns();
    Object.defineProperty(turns, 'isBusy', { value: false });
    const { firstLeft } = await twoWaves(source, await uwsServer(source, turns));
    assert.ok(firstLeft > 0 && source.renders > 2, `${source.renders} renderings, ${firstLeft} replies left`);
  });

  it('do not keep the next rendering waiting for one of them whose reader takes nothing', async () => {
    const source = new NumberedBodies();
    const get = await uwsServer(source);
    const stalled = get('/metrics');
    stalled.roomBytes = PART_BYTES / 2;
    while (stalled.takenBytes === 0) await endOfLoopTurn();
    const other = get('/metrics');
    while (!other.isOver) await endOfLoopTurn();
    assert.deepEqual([source.renders, stalled.isOver], [2, false]);
    stalled.abort();
  });
});

/** A response that takes everything, as one of node:http does: it has room again after write() has returned. */
class FakeServerResponse extends EventEmitter {
  headersSent = false;
  destroyed = false;
  writableEnded = false;
  takenBytes = 0;

  writeHead(): void {
    this.headersSent = true;
  }

  destroy(): void {
    this.destroyed = true;
  }

  write(part: Uint8Array): boolean {
    this.takenBytes += part.length;
    process.nextTick(() => this.emit('drain'));
    return false;
  }

  end(part: Uint8Array): void {
    this.takenBytes += part.length;
    this.writableEnded = true;
    process.nextTick(() => this.emit('close'));
  }
}

/** One that takes all of it without a word, as a wrapper that collects the body does. */
class CollectingResponse extends FakeServerResponse {
  override write(part: Uint8Array): boolean {
    this.takenBytes += part.length;
    return true;
  }
}

type Handler = ReturnType<typeof metricsHandler>;
const GET = { method: 'GET', url: '/metrics', headers: {} } as IncomingMessage;

/** What the application waits for at most, in one turn of the loop, while all these are answered. */
async function bytesInTurnMax(handle: Handler, responses: readonly FakeServerResponse[]): Promise<number> {
  for (const response of responses) handle(GET, response as unknown as ServerResponse);
  const sentBytes = (): number => responses.reduce((sum, { takenBytes }) => sum + takenBytes, 0);
  let bytesMax = 0;
  for (let before = 0; before < responses.length * BODY_BYTES; before = sentBytes()) {
    await endOfLoopTurn();
    bytesMax = Math.max(bytesMax, sentBytes() - before);
  }
  assert.ok(responses.every(response => response.writableEnded));
  return bytesMax;
}

/** metricsHandler, with turns of the test. */
function handlerWith(source: MetricsSource, turns: SendTurns): Handler {
  const endpoint = new MetricsEndpoint(source, { ...OPTIONS, turns });
  const sending = { isHead: false, readerStallMs: 600_000, turns };
  return (req, res) =>
    void endpoint.answer(scrapeRequestOf(req)).then(reply => sendReplyInTurns(res, reply, sending));
}

describe('many large replies over node:http', () => {
  for (const Response of [FakeServerResponse, CollectingResponse]) {
    it(`let the application go on between their parts, to a ${Response.name}`, async () => {
      const source = new NumberedBodies();
      const responses = Array.from({ length: SCRAPES }, () => new Response());
      const bytesMax = await bytesInTurnMax(metricsHandler(source), responses);
      assert.ok(bytesMax < TURN_BYTES_END, `${bytesMax} bytes in a turn`);
      assert.equal(source.renders, 1);
    });
  }

  it('leave a response alone that something else has answered while it waited for its turn', async () => {
    const responses = Array.from({ length: SCRAPES }, () => new FakeServerResponse());
    const handle = metricsHandler(new NumberedBodies());
    for (const response of responses) handle(GET, response as unknown as ServerResponse);
    while (responses[0]!.takenBytes === 0) await endOfLoopTurn();
    const last = responses.at(-1)!;
    assert.equal(last.takenBytes, 0);
    last.headersSent = true;
    while (!responses.slice(0, -1).every(response => response.writableEnded)) await endOfLoopTurn();
    assert.deepEqual([last.takenBytes, last.writableEnded, last.destroyed], [0, false, false]);
  });

  it('hold it up in a mutant that sends each reply when it is there', async () => {
    const responses = Array.from({ length: SCRAPES }, () => new CollectingResponse());
    const handle = handlerWith(new NumberedBodies(), new AllAtOnce());
    assert.equal(await bytesInTurnMax(handle, responses), ALL_BYTES);
  });
});
