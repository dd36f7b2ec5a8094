/**
 * OTLP exporter: the official one over a connection of our own, so that an export can be ended.
 *
 * The official exporter repeats what a receiver did not take, within timeoutMs, and asks for the headers at each attempt:
 * there the attempt before it has failed. That is told to whoever counts, and there the export ends if it is not to go on.
 *
 * Promises  After abandon() no attempt of that export begins, and its request is ended. An export that is ended is told as
 *           a failure, with the reason of its last attempt.
 * Progress  The pause before an attempt cannot be cut short, only the attempt be left out. It lasts at most six seconds,
 *           or as long as a receiver asks for with Retry-After, and never beyond timeoutMs.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { EndedExport } from './export-failure.js';
import type { TraceExporterPackage } from './sdk-packages.js';
import type { BatchExporter } from './span-exports.js';
import type { TracingSettings } from './tracing-settings.js';

type OfficialExporter = InstanceType<TraceExporterPackage['OTLPTraceExporter']>;

/** One batch, from the call of the exporter to its answer, all attempts included. */
interface Delivery {
  attempts: number;
  isConnectionBroken: boolean;
  isAbandoned: boolean;
}

export class OtlpExporter implements BatchExporter<ReadableSpan> {
  private readonly official: OfficialExporter;
  private readonly agent: HttpAgent;
  /** An export that was abandoned may ask for headers while the next one is in flight. */
  private readonly deliveries = new AsyncLocalStorage<Delivery>();
  private current: Delivery | undefined;

  /** @param mayRepeat called when an attempt has failed that the exporter would repeat */
  constructor(
    { OTLPTraceExporter }: TraceExporterPackage,
    { url, headers, timeoutMs, compression }: TracingSettings,
    private readonly mayRepeat: () => boolean,
  ) {
    this.agent = this.openAgent(url);
    this.official = new OTLPTraceExporter({
      url,
      headers: () => {
        this.beginAttempt();
        return Promise.resolve({ ...headers });
      },
      timeoutMillis: timeoutMs,
      // Its enumeration is in a package of the exporter's own; these are its values.
      compression: compression as never,
      httpAgentOptions: () => this.agent,
    });
  }

  export(spans: ReadableSpan[], done: (result: { code: number; error?: Error }) => void): void {
    const delivery: Delivery = { attempts: 0, isConnectionBroken: false, isAbandoned: false };
    this.current = delivery;
    this.deliveries.run(delivery, () => this.official.export(spans, done));
  }

  abandon(): void {
    if (this.current === undefined) return;
    this.current.isAbandoned = true;
    this.current = undefined;
    const ended = new EndedExport('the export was given up', 'timeout');
    for (const sockets of Object.values(this.agent.sockets)) {
      // With an error of ours: after one of the network the exporter would pause, and repeat it.
      for (const socket of sockets ?? []) socket.destroy(ended);
    }
  }

  async shutdown(): Promise<void> {
    this.abandon();
    this.agent.destroy();
    await this.official.shutdown();
  }

  /** @throws EndedExport where no further attempt is to be made: that ends the export */
  private beginAttempt(): void {
    const delivery = this.deliveries.getStore();
    if (delivery === undefined) return;
    if (delivery.isAbandoned) throw new EndedExport('the export was given up', 'timeout');
    delivery.attempts++;
    if (delivery.attempts > 1 && !this.mayRepeat()) {
      const reason = delivery.isConnectionBroken ? 'connection' : 'unavailable';
      throw new EndedExport('the circuit breaker has opened', reason);
    }
    delivery.isConnectionBroken = false;
  }

  private openAgent(url: string): HttpAgent {
    const agent = url.startsWith('https:')
      ? new HttpsAgent({ keepAlive: true })
      : new HttpAgent({ keepAlive: true });
    // Part of the documented API of agents that declarations lack.
    const connecting = agent as unknown as { createConnection(...args: unknown[]): Socket | undefined };
    const connect = connecting.createConnection.bind(agent);
    connecting.createConnection = (...args) => {
      const socket = connect(...args);
      socket?.on('error', () => {
        if (this.current !== undefined) this.current.isConnectionBroken = true;
      });
      return socket;
    };
    return agent;
  }
}
