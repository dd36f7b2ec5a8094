/** The samples of a text exposition by series, such as `x_total{a="b"}`. */
export function samplesOf(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const splitIndex = line.lastIndexOf(' ');
    samples.set(line.slice(0, splitIndex), Number(line.slice(splitIndex + 1)));
  }
  return samples;
}

/**
 * What depends on the clock or on the threads: durations, lag, waiting, and what the registry says of its threads. All
 * else must be the same for any number of workers.
 */
const TIMED_FAMILIES =
  /^(stream_processor_(processing_duration|end_to_end_latency|pipeline_lag)_seconds|state_operation_duration_seconds|stream_processor_backpressure_events_total|threadtally_|metrics_|process_|nodejs_)/;

export function eventDrivenSamples(text: string): Map<string, number> {
  const samples = [...samplesOf(text)].filter(([series]) => !TIMED_FAMILIES.test(series));
  return new Map(samples.sort(([a], [b]) => (a < b ? -1 : 1)));
}
