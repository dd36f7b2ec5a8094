/** Kafka record batches, as kafkajs writes them onto the wire and reads them from it. No broker is needed for that. */
import { createRequire } from 'node:module';
import type { KafkaHeaderValue } from '../../src/otel/index.js';

export interface KafkaRecord {
  readonly value: string;
  readonly headers: Record<string, KafkaHeaderValue | KafkaHeaderValue[] | null | undefined>;
}

export interface DecodedRecord {
  readonly offset: string;
  readonly value: Buffer;
  readonly headers: Record<string, Buffer | Buffer[]>;
}

interface Encoder {
  readonly buffer: Buffer;
}

const require = createRequire(import.meta.url);
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => Encoder;
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: object) => Promise<Encoder>;
};
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
const decodeBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  decoder: object,
) => Promise<{ readonly records: readonly DecodedRecord[] }>;
const { Types: COMPRESSIONS } = require('kafkajs/src/protocol/message/compression') as {
  Types: Readonly<Record<'None' | 'GZIP', number>>;
};

/** The bytes of a batch with these records, as a producer sends them. */
export async function encodeRecords(
  records: readonly KafkaRecord[],
  compression: 'None' | 'GZIP' = 'None',
): Promise<Buffer> {
  const encoded = records.map(({ value, headers }, offsetDelta) =>
    encodeRecord({ offsetDelta, key: null, value: Buffer.from(value), headers }),
  );
  const { buffer } = await RecordBatch({
    compression: COMPRESSIONS[compression],
    lastOffsetDelta: records.length - 1,
    records: encoded,
  });
  return buffer;
}

/** The records of a batch, as a consumer gets them. */
export async function decodeRecords(bytes: Uint8Array): Promise<readonly DecodedRecord[]> {
  const { records } = await decodeBatch(
    new Decoder(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
  );
  return records;
}
