/** Active span: the exemplars of what is recorded inside an OpenTelemetry span. */
import { TraceFlags, isSpanContextValid, trace } from '@opentelemetry/api';
import type { ExemplarSource } from '../primitives/exemplar-source.js';
import { exemplarSource, setExemplarSource } from '../primitives/exemplar-source.js';

/**
 * Gives every observation of this thread inside a sampled span an exemplar `{ trace_id, span_id }` of that span, in
 * families that have exemplars and unless the recording names its own labels. Replaces the thread's exemplar source.
 *
 * A span that is not sampled gives none: its trace is stored nowhere, and a link to it would lead nowhere.
 *
 * @returns takes the source away again, if it is still the thread's
 */
export function exemplarsFromActiveSpan(): () => void {
  const source: ExemplarSource = () => {
    const span = trace.getActiveSpan()?.spanContext();
    if (span === undefined || !isSpanContextValid(span)) return undefined;
    if ((span.traceFlags & TraceFlags.SAMPLED) === 0) return undefined;
    return { trace_id: span.traceId, span_id: span.spanId };
  };
  setExemplarSource(source);
  return () => {
    if (exemplarSource() === source) setExemplarSource(undefined);
  };
}
