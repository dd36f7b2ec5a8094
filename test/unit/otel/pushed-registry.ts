/** Pushed registry: the requests of one push of a registry, as encoders write them. */
import type { Registry } from '../../../src/index.js';
import { DeliveredValues } from '../../../src/otel/delivered-values.js';
import type { MetricsEncoder } from '../../../src/otel/metrics-encoder.js';
import { OtlpJsonEncoder } from '../../../src/otel/otlp-json.js';
import { OtlpProtobufEncoder } from '../../../src/otel/otlp-protobuf.js';
import type { PushRequest } from '../../../src/otel/push-requests.js';
import { PushRequests } from '../../../src/otel/push-requests.js';
import type { TemporalityPreference } from '../../../src/otel/temporality.js';
import { ExpositionRun } from '../../../src/registry/exposition-run.js';
import type { FamilyExtent } from '../../../src/registry/renderers.js';
import { runToEnd } from '../../../src/registry/slices.js';
import { exportRegistry } from '../../../src/registry/registry-export.js';
import type { DecodedRequest } from './decoded-metrics.js';
import { decodeRequest, parseRequest } from './decoded-metrics.js';

export type Encoding = 'protobuf' | 'JSON';
export const ENCODINGS: readonly Encoding[] = ['protobuf', 'JSON'];

export const RESOURCE = [['service.name', 'shop']] as const;

export function encoderFor(encoding: Encoding): MetricsEncoder {
  return encoding === 'JSON' ? new OtlpJsonEncoder(RESOURCE) : new OtlpProtobufEncoder(RESOURCE);
}

export interface ReaderOptions {
  readonly encoding?: Encoding;
  readonly temporality?: TemporalityPreference;
  readonly pointsMax?: number;
  readonly wallMs?: () => number;
  readonly delivered?: DeliveredValues;
}

/** Reads a registry as one receiver is told of it. */
export class PushReader {
  private readonly encoding: Encoding;
  private readonly requests: PushRequests;

  constructor({
    encoding = 'protobuf',
    temporality = 'cumulative',
    pointsMax = 10_000,
    wallMs,
    delivered = new DeliveredValues(),
  }: ReaderOptions = {}) {
    this.encoding = encoding;
    this.requests = new PushRequests({
      encoder: encoderFor(encoding),
      temporality,
      pointsMax,
      delivered,
      wallMs: wallMs ?? (() => Date.now()),
    });
  }

  async read(registry: Registry): Promise<PushRequest[]> {
    return (await exportRegistry(registry, this.requests, { collectTimeoutMs: 60_000 })).result;
  }

  /** As read(), in one piece, and without collect callbacks. */
  readNow({ parts }: Registry): PushRequest[] {
    const engine = parts.engine()!;
    const view = { store: engine.attachment.records, labels: undefined };
    const renderer = {
      isBackward: this.requests.isBackward,
      begin: (families: readonly FamilyExtent[]) => this.requests.begin(families, view),
    };
    return runToEnd(new ExpositionRun(engine, { renderer, names: undefined }).steps);
  }

  decode({ body }: PushRequest): DecodedRequest {
    return this.encoding === 'JSON' ? parseRequest(body) : decodeRequest(body);
  }

  /** Reads, and delivers everything. */
  async push(registry: Registry): Promise<DecodedRequest[]> {
    const requests = await this.read(registry);
    const decoded = requests.map(request => this.decode(request));
    for (const request of requests) {
      request.delivered();
      request.release();
    }
    return decoded;
  }
}
