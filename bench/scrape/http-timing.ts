/**
 * HTTP timing: a scraper in this process, a server in another, one request after the other on one connection.
 *
 * The server and its recorders are a process of their own, as under a real scraper: with two recorders on two cores,
 * the scraper and the server have to be scheduled between them, and that wait is part of what is measured.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { CaseReport } from '../harness/bench-case.js';
import type { Preset } from '../harness/preset.js';
import { quantile } from '../harness/statistics.js';
import { checksOfText } from './family-plan.js';
import type { HttpPlan, ServerMessage } from './http-plan.js';
import { HTTP_FAMILIES } from './http-plan.js';

const WARMUP_REQUESTS = 5;

export async function timeHttpScrapes(plan: HttpPlan, preset: Preset): Promise<CaseReport> {
  const server = fork(join(import.meta.dirname, 'http-server.js'), [JSON.stringify(plan)], { execArgv: [] });
  const { port } = (await nextMessage(server)) as { port: number };
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
      megabytes: Buffer.byteLength(body) / 1e6,
    },
    checks: checksOfText(HTTP_FAMILIES, body, 1, recorded),
  };
}

class Scraper {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(private readonly port: number) {}

  /** From the request to the last byte of the body. */
  async scrape(): Promise<{ ms: number; body: string }> {
    const startMs = performance.now();
    const request = get({ agent: this.agent, port: this.port, path: '/metrics' });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const chunks = (await response.toArray()) as Buffer[];
    const ms = performance.now() - startMs;
    if (response.statusCode !== 200) throw new Error(`a scrape was answered with ${response.statusCode}`);
    return { ms, body: Buffer.concat(chunks).toString('utf8') };
  }

  close(): void {
    this.agent.destroy();
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
