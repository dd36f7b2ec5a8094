/** A worker that consumes record batches: a span for each record, child of the span that produced it. */
import { parentPort } from 'node:worker_threads';
import { extractKafkaHeaders, kafkaSpan, startTracing, withSpan } from '../../src/otel/index.js';
import { decodeRecords } from './kafka-record-batch.js';

const tracing = await startTracing();
const port = parentPort!;

port.on('message', async (bytes: Uint8Array) => {
  for (const { headers, offset } of await decodeRecords(bytes)) {
    const parent = extractKafkaHeaders(headers);
    withSpan(kafkaSpan({ operation: 'process', topic: 'orders', partition: 0, offset, parent }), () => {});
  }
  await tracing.shutdown();
  port.close();
});
