/**
 * HTTP timing: a scraper in this process, a server in another, one request after the other on one connection.
 *
 * The server and its recorders are a process of their own, as under a real scraper: with two recorders on two cores, the
 * server has to be scheduled between them, and that wait is part of what is measured. That of the scraper is not, where
 * the system lets it go first: most scrapers are on other machines.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { getPriority, setPriority } from 'node:os';
import { join } from 'node:path';
import type { CaseReport } from '../harness/bench-case.js';
import type { Preset } from '../harness/preset.js';
import { quantile } from '../harness/statistics.js';
import { checksOfText } from './family-plan.js';
import type { HttpPlan, ServerMessage } from './http-plan.js';
import { HTTP_FAMILIES } from './http-plan.js';

const WARMUP_REQUESTS = 5;
const SCRAPER_NICE = -15;
const HEAD_END = '\r\n\r\n';
const HEAD_BYTES_MAX = 1_024;
/** A larger response does not arrive, and is found to lack samples. */
const RESPONSE_BYTES_MAX = 4_000_000;

export async function timeHttpScrapes(plan: HttpPlan, preset: Preset): Promise<CaseReport> {
  const server = fork(join(import.meta.dirname, 'http-server.js'), [JSON.stringify(plan)], { execArgv: [] });
  const { port } = (await nextMessage(server)) as { port: number };
  // Not before the server is there, which would get the same.
  goFirst();
  const scraper = new Scraper(port);
  for (let i = 0; i < WARMUP_REQUESTS; i++) await scraper.scrape();
  const times: number[] = [];
  while (times.length < preset.requests) times.push((await scraper.scrape()).ms);
  server.send('stop');
  const { recorded } = (await nextMessage(server)) as { recorded: number };
  const { body } = await scraper.scrape();
  scraper.close();
  server.disconnect();
  await once(server, 'exit');
  return {
    readings: {
      msMedian: quantile(times, 0.5),
      msP95: quantile(times, 0.95),
      msP99: quantile(times, 0.99),
      renders: times.length,
      scraperNice: getPriority(),
      megabytes: Buffer.byteLength(body) / 1e6,
    },
    checks: checksOfText(HTTP_FAMILIES, body, 1, recorded),
  };
}

/** One connection that reads into one buffer: what Node's HTTP client would do with a body is not the server's cost. */
class Scraper {
  private readonly bytes = Buffer.allocUnsafe(RESPONSE_BYTES_MAX);
  private readonly chunk = Buffer.allocUnsafe(RESPONSE_BYTES_MAX);
  private readonly socket: Socket;
  private length = 0;
  private ended: (() => void) | undefined;

  constructor(port: number) {
    this.socket = connect({
      port,
      host: '127.0.0.1',
      onread: { buffer: this.chunk, callback: bytes => this.append(bytes) },
    });
  }

  /** From the request to the last byte of the body. */
  async scrape(): Promise<{ ms: number; body: string }> {
    this.length = 0;
    const end = new Promise<void>((resolve, reject) => {
      this.ended = resolve;
      this.socket.once('close', () => reject(new Error('the server closed the connection of a scrape')));
    });
    const startMs = performance.now();
    this.socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await end;
    const ms = performance.now() - startMs;
    this.socket.removeAllListeners('close');
    const text = this.bytes.toString('utf8', 0, this.length);
    if (!text.startsWith('HTTP/1.1 200 ')) throw new Error(`a scrape was answered with ${text.slice(0, 80)}`);
    return { ms, body: text.slice(text.indexOf(HEAD_END) + HEAD_END.length) };
  }

  close(): void {
    this.socket.destroy();
  }

  private append(bytes: number): boolean {
    this.chunk.copy(this.bytes, this.length, 0, bytes);
    this.length += bytes;
    const headBytes = this.bytes.subarray(0, HEAD_BYTES_MAX).indexOf(HEAD_END) + HEAD_END.length;
    const bodyBytes = Number(/content-length: (\d+)/i.exec(this.bytes.toString('latin1', 0, headBytes))?.[1]);
    if (this.length >= headBytes + bodyBytes) this.ended?.();
    return true;
  }
}

/** Of this thread alone, on Linux. */
function goFirst(): void {
  try {
    setPriority(SCRAPER_NICE);
  } catch {
    // Not allowed to: the scraper waits like the rest, and its times are longer.
  }
}

async function nextMessage(server: ChildProcess): Promise<ServerMessage> {
  const exit = once(server, 'exit').then(([code]) => {
    throw new Error(`the server ended with ${code} before it answered`);
  });
  const [message] = (await Promise.race([once(server, 'message'), exit])) as [ServerMessage];
  exit.catch(() => {});
  return message;
}
