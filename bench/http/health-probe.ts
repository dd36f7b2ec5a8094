/**
 * Health probe: asks for /health at fixed times over a connection of its own, as a liveness probe would, only more often.
 *
 * When an answer takes longer than the interval, the probes that were due meanwhile count from when they were due: they
 * waited too.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

const PROBE_EVERY_MS = 5;
const REQUEST = 'GET /health HTTP/1.1\r\nHost: bench\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\n';

export class HealthProbe {
  /** Of every probe, in milliseconds. */
  readonly times: number[] = [];
  failures = 0;
  private timer: NodeJS.Timeout | undefined;
  private dueMs = 0;
  private startedMs: number | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    // A reply is less than a packet, and there is one at a time.
    socket.on('data', reply => this.finish(reply.toString('latin1')));
  }

  static async start(port: number): Promise<HealthProbe> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const probe = new HealthProbe(socket);
    probe.dueMs = performance.now();
    probe.wait();
    return probe;
  }

  /** A probe that waits still counts with the time that it has waited. */
  stop(): void {
    clearTimeout(this.timer);
    if (this.startedMs !== undefined) this.times.push(performance.now() - this.startedMs);
    this.startedMs = undefined;
    this.socket.destroy();
  }

  private wait(): void {
    this.dueMs += PROBE_EVERY_MS;
    const leftMs = this.dueMs - performance.now();
    if (leftMs <= 0) this.send(this.dueMs);
    else this.timer = setTimeout(() => this.send(performance.now()), leftMs);
  }

  private send(startedMs: number): void {
    this.startedMs = startedMs;
    this.socket.write(REQUEST);
  }

  private finish(reply: string): void {
    if (this.startedMs === undefined) return;
    this.times.push(performance.now() - this.startedMs);
    if (!reply.startsWith(OK)) this.failures++;
    this.startedMs = undefined;
    this.wait();
  }
}
