/**
 * Entry of a processing worker: takes batches of events, runs each through its partition, and records all of it in the
 * default registry, which it shares with the job by importing it.
 *
 * Promises  A batch is answered after its last event is recorded. No error in the pipeline is kept here: it ends the
 *           thread, the job sees it and ends with it, instead of serving numbers that have a hole. Where spans are sent,
 *           those that tell of the error go first, within their deadline.
 */
import { setPriority } from 'node:os';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { defineStreamProcessorMetrics } from '../src/catalog/index.js';
import { register } from '../src/index.js';
import type { TraceCarrier } from '../src/otel/index.js';
import { sharedNowMs } from './clock.js';
import type { FromWorker, RoutedEvent, ToWorker, WorkerStart } from './messages.js';
import type { WindowResult } from './pipeline/model-windows.js';
import type { EventTrace } from './pipeline/event-trace.js';
import { Partition } from './pipeline/partition.js';
import { PipelineMetrics } from './pipeline/pipeline-metrics.js';
import { DEFAULT_SETTINGS } from './pipeline/settings.js';
import { sumTallies } from './pipeline/tally.js';
import type { ProcessorTelemetry } from './processor-telemetry.js';

/** Of the processing threads, on Linux: where they take all cores, those that scrape and those who ask are served first. */
const NICE = 10;

class StreamProcessor {
  private readonly partitions = new Map<number, Partition>();
  private readonly metrics = new PipelineMetrics(defineStreamProcessorMetrics(register));
  private windows: WindowResult[] = [];
  private readonly port: MessagePort;
  private readonly start: WorkerStart;
  private readonly telemetry: ProcessorTelemetry | undefined;

  constructor(port: MessagePort, start: WorkerStart, telemetry: ProcessorTelemetry | undefined) {
    this.port = port;
    this.start = start;
    this.telemetry = telemetry;
  }

  receive(message: ToWorker): void {
    switch (message.type) {
      case 'batch':
        if (message.trace === undefined) for (const routed of message.events) this.process(routed);
        else this.processTraced(message.events, message.trace);
        this.reply({ type: 'processed', eventCount: message.events.length, windows: this.takeWindows() });
        return;
      case 'finish':
        this.finish(message.trace);
        return;
      case 'close':
        void this.close();
    }
  }

  private processTraced(events: readonly RoutedEvent[], trace: TraceCarrier): void {
    const batch = this.telemetry!.batch(trace, events.length);
    events.forEach((routed, index) => {
      const spans = batch.event(index, routed.event);
      try {
        this.process(routed, spans);
      } catch (error) {
        spans?.fail(error);
        batch.fail(error);
        batch.end();
        throw error;
      } finally {
        spans?.end();
      }
    });
    batch.end();
  }

  private async close(): Promise<void> {
    if (this.telemetry === undefined) {
      this.port.close();
      return;
    }
    await this.telemetry.shutdown();
    // Not by closing the port: an exporter may be in a pause that keeps the thread alive.
    process.exit();
  }

  private process({ partition, readAtMs, event }: RoutedEvent, trace?: EventTrace): void {
    const startMs = sharedNowMs();
    this.partitionAt(partition).process(event, trace);
    const endMs = sharedNowMs();
    const timing = this.metrics.forEventType(event.eventType);
    timing.processingSeconds.observe(secondsBetween(startMs, endMs));
    timing.endToEndSeconds.observe(secondsBetween(readAtMs, endMs));
    this.metrics.lagSeconds.set(secondsBetween(readAtMs, endMs));
  }

  private finish(trace: TraceCarrier | undefined): void {
    const span = trace === undefined ? undefined : this.telemetry?.flush(trace);
    for (const partition of this.partitions.values()) partition.flush();
    span?.end();
    this.metrics.lagSeconds.set(0);
    const tally = sumTallies([...this.partitions.values()].map(partition => partition.tally));
    this.reply({ type: 'flushed', tally, windows: this.takeWindows() });
  }

  private partitionAt(index: number): Partition {
    let partition = this.partitions.get(index);
    if (partition === undefined) {
      partition = new Partition({
        partition: index,
        settings: DEFAULT_SETTINGS,
        metrics: this.metrics,
        onWindow: result => {
          if (this.start.wantsWindows) this.windows.push(result);
        },
      });
      this.partitions.set(index, partition);
    }
    return partition;
  }

  private takeWindows(): WindowResult[] {
    const { windows } = this;
    this.windows = [];
    return windows;
  }

  private reply(message: FromWorker): void {
    this.port.postMessage(message);
  }
}

/** The clocks of two threads agree to less than a microsecond, which may show as a time below zero. */
function secondsBetween(startMs: number, endMs: number): number {
  return Math.max(0, endMs - startMs) / 1000;
}

if (parentPort === null) {
  throw new Error('stream-processor.js is the entry of a worker thread; start the job with npm start');
}
const port = parentPort;
// Elsewhere a nice value is that of the whole process.
if (process.platform === 'linux') setPriority(NICE);
const start = workerData as WorkerStart;
const telemetry = await startTelemetry(start);
const processor = new StreamProcessor(port, start, telemetry);
port.on('message', receive);

async function startTelemetry({ eventSpansMax }: WorkerStart): Promise<ProcessorTelemetry | undefined> {
  if (eventSpansMax === undefined) return undefined;
  const { ProcessorTelemetry } = await import('./processor-telemetry.js');
  return ProcessorTelemetry.start(eventSpansMax);
}

function receive(message: ToWorker): void {
  try {
    processor.receive(message);
  } catch (error) {
    if (telemetry === undefined) throw error;
    port.off('message', receive);
    // Thrown where nobody catches it, as without telemetry.
    void telemetry.shutdown().then(() => setImmediate(() => throwAgain(error)));
  }
}

function throwAgain(error: unknown): never {
  throw error;
}
