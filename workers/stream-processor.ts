/**
 * Entry of a processing worker: takes batches of events, runs each through its partition, and records all of it in the
 * default registry, which it shares with the job by importing it.
 *
 * Promises  A batch is answered after its last event is recorded. Nothing is caught here: an error in the pipeline ends
 *           the thread, the job sees it and ends with it, instead of serving numbers that have a hole.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { defineStreamProcessorMetrics } from '../src/catalog/index.js';
import { register } from '../src/index.js';
import { sharedNowMs } from './clock.js';
import type { FromWorker, RoutedEvent, ToWorker, WorkerStart } from './messages.js';
import type { WindowResult } from './pipeline/model-windows.js';
import { Partition } from './pipeline/partition.js';
import { PipelineMetrics } from './pipeline/pipeline-metrics.js';
import { DEFAULT_SETTINGS } from './pipeline/settings.js';
import { sumTallies } from './pipeline/tally.js';

class StreamProcessor {
  private readonly partitions = new Map<number, Partition>();
  private readonly metrics = new PipelineMetrics(defineStreamProcessorMetrics(register));
  private windows: WindowResult[] = [];
  private readonly port: MessagePort;
  private readonly start: WorkerStart;

  constructor(port: MessagePort, start: WorkerStart) {
    this.port = port;
    this.start = start;
  }

  receive(message: ToWorker): void {
    switch (message.type) {
      case 'batch':
        for (const routed of message.events) this.process(routed);
        this.reply({ type: 'processed', eventCount: message.events.length, windows: this.takeWindows() });
        return;
      case 'finish':
        this.finish();
        return;
      case 'close':
        this.port.close();
    }
  }

  private process({ partition, readAtMs, event }: RoutedEvent): void {
    const startMs = sharedNowMs();
    this.partitionAt(partition).process(event);
    const endMs = sharedNowMs();
    const timing = this.metrics.forEventType(event.eventType);
    timing.processingSeconds.observe(secondsBetween(startMs, endMs));
    timing.endToEndSeconds.observe(secondsBetween(readAtMs, endMs));
    this.metrics.lagSeconds.set(secondsBetween(readAtMs, endMs));
  }

  private finish(): void {
    for (const partition of this.partitions.values()) partition.flush();
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
const processor = new StreamProcessor(parentPort, workerData as WorkerStart);
parentPort.on('message', (message: ToWorker) => processor.receive(message));
