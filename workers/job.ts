/**
 * One run of the main job: serves the metrics, reads the input, has the workers process it, and says what they did.
 *
 * Promises  run() resolves with the exit status and leaves nothing behind: no thread, no socket, no open file. 0 after
 *           the end of the input or a stop, 1 after a failure, which has been reported by then.
 */
import { once } from 'node:events';
import { defineStreamProcessorMetrics, type StreamProcessorMetrics } from '../src/catalog/index.js';
import { MetricsError, type Registry } from '../src/index.js';
import { serveMetrics, type MetricsServer } from '../src/server/index.js';
import { sharedNowMs } from './clock.js';
import { Dispatcher } from './dispatcher.js';
import type { EventSource } from './ingest/event-source.js';
import { InputError } from './ingest/row.js';
import { openSource } from './ingest/source.js';
import { MalformedLog } from './malformed-log.js';
import type { WorkerStart } from './messages.js';
import type { JobOptions } from './options.js';
import { Pacer, stoppableClock } from './pacer.js';
import type { Tally } from './pipeline/tally.js';
import { Progress, type ProgressOutput } from './progress.js';
import { renderSummary } from './summary.js';
import type { Telemetry } from './telemetry.js';
import { OutputError, WindowLog } from './window-log.js';
import { ThreadLink, WorkerFailure } from './worker-link.js';

export interface JobSetup {
  readonly options: JobOptions;
  /** The default registry: the workers record into theirs, which is the same one. */
  readonly registry: Registry;
  readonly stderr: ProgressOutput;
  /** Called once, when the address answers. */
  readonly onListening: (url: string) => void;
  readonly stop: AbortSignal;
  readonly processorEntry: URL;
}

/** A message of about 30 KB: copying it takes less time than processing it. */
const BATCH_EVENTS_MAX = 256;
/** One that a worker processes, and some that wait for it while this thread reads. */
const CREDITS_PER_WORKER = 4;

export class Job {
  private readonly setup: JobSetup;
  private readonly families: StreamProcessorMetrics;
  private readonly progress: Progress;
  private readonly malformed: MalformedLog;
  /** Ends waiting, for a stop and for a failed worker alike. */
  private readonly halt: AbortSignal;
  private readonly failed = new AbortController();
  private source: EventSource | undefined;
  private windowLog: WindowLog | undefined;
  private server: MetricsServer | undefined;
  private dispatcher: Dispatcher | undefined;
  private telemetry: Telemetry | undefined;
  private startMs = 0;
  private processedCount = 0;

  constructor(setup: JobSetup) {
    this.setup = setup;
    this.families = defineStreamProcessorMetrics(setup.registry);
    this.halt = AbortSignal.any([setup.stop, this.failed.signal]);
    this.progress = new Progress(setup.stderr, () => ({
      eventCount: this.processedCount,
      elapsedMs: performance.now() - this.startMs,
      doneRatio: this.source?.doneRatio(this.processedCount),
    }));
    this.malformed = new MalformedLog(
      line => this.progress.print(line),
      reason => {
        this.families.malformedRows.labels({ reason }).inc();
        this.countError('malformed_row');
      },
    );
  }

  async run(): Promise<number> {
    try {
      const { source, dispatcher } = await this.open();
      await this.process(source, dispatcher);
      if (!this.setup.options.exitWhenDone) await this.serveUntilStopped();
      return 0;
    } catch (error) {
      this.reportFailure(error);
      return 1;
    } finally {
      await this.close();
    }
  }

  /** Files first: a wrong name ends the job before it listens. */
  private async open(): Promise<{ source: EventSource; dispatcher: Dispatcher }> {
    const { options, registry } = this.setup;
    this.source = await openSource(options, report => {
      this.malformed.add(report);
      this.telemetry?.spans.malformedRow(report);
    });
    if (options.output !== undefined) this.windowLog = await WindowLog.create(options.output);
    this.server = await serveMetrics(registry, {
      host: options.host,
      port: options.port,
      isReady: () => this.dispatcher !== undefined && !this.halt.aborted,
    });
    // After the address is taken, or a job that ends for want of it would wait for a receiver, and speak of spans. Before the
    // workers, which inherit its settings.
    this.telemetry = await this.startTelemetry();
    this.setup.onListening(`${this.server.url}/metrics`);
    this.dispatcher = this.startWorkers();
    return { source: this.source, dispatcher: this.dispatcher };
  }

  private async startTelemetry(): Promise<Telemetry | undefined> {
    const { options, registry } = this.setup;
    if (options.telemetry === undefined) return undefined;
    const { Telemetry } = await import('./telemetry.js');
    return Telemetry.start(options.telemetry, registry);
  }

  private startWorkers(): Dispatcher {
    const { options, processorEntry } = this.setup;
    const { telemetry } = options;
    const start: WorkerStart = {
      wantsWindows: this.windowLog !== undefined,
      ...(telemetry !== undefined && { eventSpansMax: telemetry.eventSpansMax }),
    };
    const links = Array.from(
      { length: options.workerCount },
      (_, index) => new ThreadLink(processorEntry, `worker ${index}`, start),
    );
    return new Dispatcher(links, {
      batchEventsMax: BATCH_EVENTS_MAX,
      creditsPerWorker: CREDITS_PER_WORKER,
      nowMs: sharedNowMs,
      onBackpressure: () => this.families.backpressureEvents.inc(),
      onProcessed: eventCount => {
        this.processedCount += eventCount;
      },
      onWindows: windows => this.windowLog?.write(windows),
      spans: this.telemetry?.spans,
      onFailure: failure => this.failed.abort(failure),
    });
  }

  private async process(source: EventSource, dispatcher: Dispatcher): Promise<void> {
    this.startMs = performance.now();
    this.progress.start();
    await this.feed(source, dispatcher);
    const tally = await dispatcher.finish();
    await this.windowLog?.close();
    this.progress.stop();
    this.summarize(source, tally);
  }

  private async feed(source: EventSource, dispatcher: Dispatcher): Promise<void> {
    const pacer = new Pacer(this.setup.options.speed, stoppableClock(this.halt));
    for await (const chunk of source.chunks(this.halt)) {
      for (const event of chunk) {
        // Most events need no waiting at all, and an await for each would cost more than its dispatch.
        if (pacer.delayMs(event.timeMs) > 0) await this.waitUntilDue(pacer, event.timeMs, dispatcher);
        if (this.halt.aborted) return;
        const sent = dispatcher.dispatch(event);
        if (sent !== undefined) await sent;
      }
      // The next chunk may be long in coming, from a pipe for instance.
      await dispatcher.sendPartialBatches();
      await this.windowLog?.drained();
    }
  }

  private async waitUntilDue(pacer: Pacer, eventMs: number, dispatcher: Dispatcher): Promise<void> {
    for (let delayMs = pacer.delayMs(eventMs); delayMs > 0; delayMs = pacer.delayMs(eventMs)) {
      await dispatcher.sendPartialBatches();
      await pacer.wait(delayMs);
      if (this.halt.aborted) return;
    }
  }

  private async serveUntilStopped(): Promise<void> {
    if (!this.halt.aborted) {
      this.progress.print('serving the metrics until Ctrl-C');
      await once(this.halt, 'abort');
    }
    if (this.failed.signal.aborted) throw this.failed.signal.reason;
  }

  private summarize(source: EventSource, tally: Tally): void {
    this.progress.print(
      renderSummary({
        source: source.name,
        complete: !this.setup.stop.aborted,
        tally,
        malformedRows: this.malformed.countByReason,
        workerCount: this.setup.options.workerCount,
        durationMs: performance.now() - this.startMs,
      }),
    );
  }

  private reportFailure(error: unknown): void {
    this.progress.stop();
    if (error instanceof WorkerFailure) this.countError('worker');
    if (error instanceof InputError) this.countError('input');
    this.progress.print(`error: ${describeFailure(error)}`);
  }

  private async close(): Promise<void> {
    this.progress.stop();
    this.server?.drain();
    await this.source?.close();
    await Promise.all([this.dispatcher?.close(), this.telemetry?.endTraces()]);
    await this.telemetry?.endMetrics();
    if (this.telemetry !== undefined) this.progress.print(await this.telemetry.report());
    // Closed already, unless something failed: then that has been reported, and a second error would only follow from it.
    await this.windowLog?.close().catch(() => undefined);
    await this.server?.close();
  }

  private countError(errorType: string): void {
    this.families.errors.labels({ error_type: errorType }).inc();
  }
}

/** A stack only for what nobody expected: the others say what to do, and a stack would hide it. */
function describeFailure(error: unknown): string {
  const expected = [InputError, OutputError, WorkerFailure, MetricsError];
  if (!(error instanceof Error)) return String(error);
  return expected.some(kind => error instanceof kind) ? error.message : (error.stack ?? error.message);
}
