/** A worker that continues the trace of its parent, and reports; or one that ends with spans that nobody has exported. */
import { parentPort, workerData } from 'node:worker_threads';
import type { SharedTracingConfig, TraceCarrier } from '../../src/otel/index.js';
import { continueTrace, eventSpan, startTracing, withSpan } from '../../src/otel/index.js';

export interface TracingTask {
  /** The span that created this worker. */
  readonly carrier: TraceCarrier;
  /** Given to a worker that does not inherit one. */
  readonly configuration?: SharedTracingConfig;
  /** Ends without a shutdown, with so many spans in the queue. */
  readonly leftSpans?: number;
}

const task = workerData as TracingTask;
const port = parentPort!;
const tracing = await startTracing({ ...task.configuration });

if (task.leftSpans === undefined) {
  continueTrace(task.carrier, () => withSpan('worker start', () => {}));
  port.on('message', (message: { carrier: TraceCarrier } | 'end') => {
    if (message === 'end') {
      port.close();
      void tracing.shutdown();
    } else {
      continueTrace(message.carrier, () => withSpan(eventSpan({ type: 'posted' }), () => {}));
      port.postMessage('processed');
    }
  });
  port.postMessage(tracing.configuration);
} else {
  for (let i = 0; i < task.leftSpans; i++) withSpan('left', () => {});
}
