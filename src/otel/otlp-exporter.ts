/**
 * OTLP exporter: the official one over a connection of our own, so that an export can be ended.
 *
 * The official exporter repeats what a receiver did not take, within timeoutMs, and asks for the headers at each attempt:
 * there the attempt before it has failed. That is told to whoever counts, and there the export ends if it is not to go on.
 * Of an attempt that it would repeat it does not tell the answer; the agent hears it.
 *
 * Promises  After abandon() no attempt of that export begins, and its request is ended. An export that is ended is told as
 *           a failure, with the reason of its last attempt.
 * Progress  The pause before an attempt cannot be cut short, only the attempt be left out. It lasts at most six seconds,
 *           or as long as a receiver asks for with Retry-After, and never beyond timeoutMs.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent as HttpAgent } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { EndedExport, failureOf } from './export-failure.js';
import { answerDetail, errorDetail, secretsOf, withoutSecrets } from './failure-detail.js';
import { ANSWER_BYTES_MAX } from './otlp-attempt.js';
import type { TraceExporterPackage } from './sdk-packages.js';
import type { BatchExporter } from './span-exports.js';
import type { TracingSettings } from './tracing-settings.js';

type OfficialExporter = InstanceType<TraceExporterPackage['OTLPTraceExporter']>;
type Answered = (result: { code: number; error?: Error }) => void;

/** One batch, from the call of the exporter to its answer, all attempts included. */
interface Delivery {
  attempts: number;
  isConnectionBroken: boolean;
  isAbandoned: boolean;
  /** What was heard of the receiver in the last attempt. */
  detail: string;
}

export class OtlpExporter implements BatchExporter<ReadableSpan> {
  private readonly official: OfficialExporter;
  private readonly agent: HttpAgent;
  /** An export that was abandoned may ask for headers while the next one is in flight. */
  private readonly deliveries = new AsyncLocalStorage<Delivery>();
  private current: Delivery | undefined;
  private readonly secrets: readonly string[];

  /** @param mayRepeat called when an attempt has failed that the exporter would repeat */
  constructor(
    { OTLPTraceExporter }: TraceExporterPackage,
    { url, headers, timeoutMs, compression }: TracingSettings,
    private readonly mayRepeat: () => boolean,
  ) {
    this.agent = this.openAgent(url);
    this.secrets = secretsOf(url, headers);
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

  export(spans: ReadableSpan[], done: Answered): void {
    const delivery: Delivery = { attempts: 0, isConnectionBroken: false, isAbandoned: false, detail: '' };
    this.current = delivery;
    const answered: Answered = ({ code, error }) =>
      done(error === undefined ? { code } : { code, error: this.told(error, delivery) });
    this.deliveries.run(delivery, () => this.official.export(spans, answered));
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
      const heard = withoutSecrets(delivery.detail, this.secrets);
      throw new EndedExport('the circuit breaker has opened', reason, heard);
    }
    delivery.isConnectionBroken = false;
    delivery.detail = '';
  }

  /** The error of an export, with what was heard of the receiver. */
  private told(error: Error, delivery: Delivery): Error {
    const { reason, detail } = failureOf(error);
    // The end of a request that was given up is not what the receiver has done.
    const heard = reason === 'timeout' ? '' : delivery.detail || detail;
    return new EndedExport(error.message, reason, withoutSecrets(heard, this.secrets));
  }

  private openAgent(url: string): HttpAgent {
    const agent = url.startsWith('https:')
      ? new HttpsAgent({ keepAlive: true })
      : new HttpAgent({ keepAlive: true });
    // What every agent has, and declarations lack. Without it warnings have less to say.
    const requested = agent as unknown as {
      addRequest?: (request: ClientRequest, ...args: unknown[]) => void;
    };
    const addRequest = requested.addRequest?.bind(agent);
    if (addRequest !== undefined) {
      requested.addRequest = (request, ...args) => {
        this.listenTo(request);
        addRequest(request, ...args);
      };
    }
    return agent;
  }

  private listenTo(request: ClientRequest): void {
    const delivery = this.deliveries.getStore();
    if (delivery === undefined) return;
    request.on('error', error => {
      delivery.isConnectionBroken = true;
      delivery.detail = errorDetail(error);
    });
    request.on('response', response => {
      whenRead(response, body => {
        const { statusCode: status = 0, headers } = response;
        delivery.detail = answerDetail({ status, contentType: headers['content-type'] ?? '', body });
      });
    });
  }
}

/** Reads along with the exporter, which goes on when this has ended. Of what is too long the body is left out. */
function whenRead(response: IncomingMessage, read: (body: Uint8Array) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  response.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= ANSWER_BYTES_MAX) chunks.push(chunk);
  });
  response.on('end', () => read(length <= ANSWER_BYTES_MAX ? Buffer.concat(chunks) : new Uint8Array(0)));
}
