/** Readers that are slow, or gone without a word: what they cost, and for how long. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { BODIES_IN_FLIGHT_MAX } from '../../src/server/bodies-in-flight.js';
import { Endpoints } from '../../src/server/endpoints.js';
import { InFlight } from '../../src/server/in-flight.js';
import type { MetricsSource, Rendering } from '../../src/server/index.js';
import { NodeTransport } from '../../src/server/node-transport.js';
import { loadUwsBinding } from '../../src/server/uws-binding.js';
import { UwsTransport } from '../../src/server/uws-transport.js';
import { ChildProgram } from './server-child-process.js';
import { decode } from './server-codings.js';
import { RawConnection, rawRequest, requestText } from './server-raw-client.js';
import { fixedSource, hugeBody, TEXT_TYPE } from './server-sources.js';
import { describeBothTransports, uwsSkipReason } from './server-transports.js';

const LONG_MS = 600_000;
const huge = hugeBody();
/** Seven bits of each byte are noise: less when compressed, and still more than the sockets of a connection hold. */
const compressible = hugeBody().map(byte => byte & 0x7f);

interface Served {
  readonly port: number;
  readonly inFlight: InFlight;
}

/** As serveMetrics does, with another patience. */
async function serve(
  test: TestContext,
  source: MetricsSource,
  { transport, readerStallMs }: { transport: 'node' | 'uws'; readerStallMs: number },
): Promise<Served> {
  const options = { path: '/metrics', isReady: () => true, renderTimeoutMs: LONG_MS, compression: true };
  const service = { endpoints: new Endpoints(source, options), inFlight: new InFlight() };
  const chosen =
    transport === 'node'
      ? new NodeTransport(readerStallMs)
      : new UwsTransport(await loadUwsBinding(), readerStallMs);
  const listener = await chosen.listen('127.0.0.1', 0, service);
  test.after(() => listener.destroy());
  return { port: listener.port, inFlight: service.inFlight };
}

/** A client that asks for the metrics and reads no more than the beginning. */
async function openStalled(
  port: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawConnection> {
  const reader = await RawConnection.open(port);
  await reader.send(requestText('GET', '/metrics', headers));
  await reader.firstByte();
  reader.pause();
  return reader;
}

async function assertCutOff(reader: RawConnection): Promise<void> {
  reader.resume();
  await assert.rejects(reader.nextReply(), /^Error: closed after \d+ bytes/);
}

/** Every rendering has a body of its own, of the same bytes, and is counted until it is given back. */
class CountedBodies implements MetricsSource {
  rendered = 0;
  released = 0;

  constructor(private readonly bytes = huge) {}

  async render(): Promise<Rendering> {
    this.rendered++;
    return { body: this.bytes.subarray(), contentType: TEXT_TYPE, release: () => void this.released++ };
  }

  get held(): number {
    return this.rendered - this.released;
  }
}

describeBothTransports('a reader that takes nothing', transport => {
  it('is disconnected after a while, and its reply is over', async test => {
    const { port, inFlight } = await serve(test, fixedSource(huge), { transport, readerStallMs: 5 });
    const reader = await openStalled(port);
    // The reply is in flight until its connection is gone.
    assert.equal(await inFlight.idleWithin(LONG_MS), true);
    await assertCutOff(reader);
  });

  it('gives its body back when it is disconnected', async test => {
    const source = new CountedBodies();
    const { port, inFlight } = await serve(test, source, { transport, readerStallMs: 5 });
    const reader = await openStalled(port);
    assert.equal(await inFlight.idleWithin(LONG_MS), true);
    assert.equal(source.held, 0);
    reader.destroy();
  });

  it('keeps nobody else from being served', async test => {
    const { port } = await serve(test, fixedSource(huge), { transport, readerStallMs: LONG_MS });
    const readers = [];
    for (let i = 0; i < 20; i++) readers.push(await openStalled(port));
    assert.ok((await rawRequest(port, 'GET', '/metrics')).body.equals(huge));
    assert.equal((await rawRequest(port, 'GET', '/health')).status, 200);
    for (const reader of readers) reader.destroy();
  });

  it('is disconnected before it is one body too many, and the others go on', async test => {
    const source = new CountedBodies();
    const { port } = await serve(test, source, { transport, readerStallMs: LONG_MS });
    const readers = [];
    for (let i = 0; i < BODIES_IN_FLIGHT_MAX + 3; i++) {
      readers.push(await openStalled(port));
      assert.ok(source.held <= BODIES_IN_FLIGHT_MAX, `${source.held} bodies for ${readers.length} readers`);
    }
    for (const reader of readers.slice(0, 3)) await assertCutOff(reader);
    // Those that are left may be slow, and still get all of it.
    const last = readers.at(-1)!;
    last.resume();
    assert.ok((await last.nextReply()).body.equals(huge));
    assert.ok((await rawRequest(port, 'GET', '/metrics')).body.equals(huge));
    for (const reader of readers) reader.destroy();
  });

  it('holds no rendering when its body is compressed: one is kept for all', async test => {
    const source = new CountedBodies(compressible);
    const { port } = await serve(test, source, { transport, readerStallMs: LONG_MS });
    const headers = { 'Accept-Encoding': 'gzip' };
    const readers = [];
    for (let i = 0; i < 3; i++) readers.push(await openStalled(port, headers));
    assert.deepEqual([source.rendered, source.held], [3, 1]);
    const last = readers.at(-1)!;
    last.resume();
    const reply = await last.nextReply();
    assert.ok(decode(reply.headers.get('content-encoding'), reply.body).equals(compressible));
    assert.equal(reply.headers.get('content-encoding'), 'gzip');
    for (const reader of readers) reader.destroy();
  });
});

const STALLED = 10;
/** More than the memory of a process changes by for other reasons, and less than a copy for each reader. */
const BODIES_GROWN_MAX = 4;

/** By how many bodies a process grows when readers come that take nothing. */
async function bodiesGrown(program: ChildProgram, port: number): Promise<number> {
  // The first one may bring the buffers of both sides to their size.
  const readers = [await openStalled(port)];
  const beforeBytes = await memoryOf(program);
  for (let i = 0; i < STALLED; i++) readers.push(await openStalled(port));
  const grownBytes = (await memoryOf(program)) - beforeBytes;
  for (const reader of readers) reader.destroy();
  return grownBytes / huge.length;
}

async function memoryOf(program: ChildProgram): Promise<number> {
  program.send('memory');
  return Number(await program.message());
}

describeBothTransports('the memory of a process', transport => {
  it('grows by no copy of the body for each reader that takes nothing', async test => {
    const options = JSON.stringify({ transport });
    const program = ChildProgram.start(test, 'server-child.js', options, 'huge');
    const grown = await bodiesGrown(program, Number(await program.message()));
    assert.ok(grown < BODIES_GROWN_MAX, `${grown} bodies for ${STALLED} readers`);
  });
});

describe('the memory of a process of a mutant', { skip: uwsSkipReason }, () => {
  it('grows by a copy for each reader, when the body is handed over as a whole', async test => {
    const program = ChildProgram.start(test, 'server-raw-uws.js', 'hands the body over as a whole', '0');
    const grown = await bodiesGrown(program, Number(await program.message()));
    assert.ok(grown > BODIES_GROWN_MAX, `${grown} bodies for ${STALLED} readers`);
  });
});
