/** All cases of tracing: the main job with receivers that work and that do not, and one span. */
import type { BenchCase } from '../harness/bench-case.js';

/** What the receiver of a traced job does. `none`: the job is not traced either, which shows the noise of the pairs. */
export const RECEIVERS = ['none', 'healthy', 'down', 'slow', 'unavailable'] as const;

export type ReceiverKind = (typeof RECEIVERS)[number];

export interface JobCase extends BenchCase {
  readonly receiver: ReceiverKind;
}

/** Share of the batches that are traced. */
export const RATIO = 0.1;

const TEXTS: Readonly<Record<ReceiverKind, string>> = {
  none: 'not traced, against itself',
  healthy: 'a receiver that answers',
  down: 'nobody listens',
  slow: 'a receiver that answers after 30 s',
  unavailable: 'a receiver that answers 503',
};

export const JOB_CASES: readonly JobCase[] = RECEIVERS.map(receiver => ({
  id: `job/${receiver}`,
  operation: 'the main job',
  implementation: TEXTS[receiver],
  call: receiver === 'none' ? 'npm start' : `npm start -- --otlp URL --trace-ratio ${RATIO}`,
  receiver,
}));

export const BATCH_CASE: BenchCase = {
  id: 'batches/healthy',
  operation: 'a batch of the main job',
  implementation: 'a receiver that answers',
  call: 'npm start -- --otlp URL --trace-ratio 1',
};

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
