/** All cases of tracing: the batches of the main job with receivers that work and that do not, the whole job, one span. */
import type { BenchCase } from '../harness/bench-case.js';

/** What the receiver of the spans does. */
export type ReceiverKind = 'healthy' | 'down' | 'slow' | 'unavailable';

export interface BatchCase extends BenchCase {
  readonly receiver: ReceiverKind;
}

export interface JobCase extends BenchCase {
  readonly isTraced: boolean;
}

/** Share of the batches that are traced. */
export const RATIO = 0.1;
export const BATCH_EVENTS = 256;

export const BATCH_CASES: readonly BatchCase[] = (
  [
    ['healthy', 'a receiver that answers'],
    ['down', 'nobody listens'],
    ['slow', 'a receiver that answers after 30 s'],
    ['unavailable', 'a receiver that answers 503'],
  ] as const
).map(([receiver, implementation]) => ({
  id: `batches/${receiver}`,
  operation: 'batches of the main job',
  implementation,
  call: `npm start -- --otlp URL --trace-ratio ${RATIO}`,
  receiver,
}));

export const JOB_CASES: readonly JobCase[] = [
  { id: 'job/none', implementation: 'not traced, against itself', call: 'npm start', isTraced: false },
  {
    id: 'job/healthy',
    implementation: 'a receiver that answers',
    call: `npm start -- --otlp URL --trace-ratio ${RATIO}`,
    isTraced: true,
  },
].map(one => ({ ...one, operation: 'the main job' }));

export type SpanKind = 'sampled' | 'unsampled' | 'not-started';

export interface SpanCase extends BenchCase {
  readonly span: SpanKind;
}

export const SPAN_CASES: readonly SpanCase[] = (['sampled', 'unsampled', 'not-started'] as const).map(
  span => ({
    id: `span/${span}`,
    operation: 'one span around nothing',
    implementation: span === 'not-started' ? 'tracing is not started' : span,
    call: "withSpan(eventSpan({ type: 'order' }), () => {})",
    span,
  }),
);

/** Of the histogram of the times of one span. */
export const SPAN_BOUNDS_US = [0.5, 1, 2, 4, 8, 16, 32, 64] as const;

export function withinReading(boundUs: number): string {
  return `percentWithin${boundUs}Us`;
}
