/** Signal: what is exported, and what it is called in addresses, variables, metrics and warnings. */
export interface Signal {
  readonly name: 'traces' | 'metrics';
  /** Of what an export consists. */
  readonly items: 'spans' | 'data points';
  /** In names of variables: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT. */
  readonly variable: 'TRACES' | 'METRICS';
  /** Where a receiver takes it. */
  readonly path: 'v1/traces' | 'v1/metrics';
  /** Of the warning that tells of the first failure. */
  readonly warningCode: string;
  /** What becomes of an export that has failed. */
  readonly loss: string;
}

export const TRACES: Signal = {
  name: 'traces',
  items: 'spans',
  variable: 'TRACES',
  path: 'v1/traces',
  warningCode: 'THREADTALLY_SPAN_EXPORT',
  loss: 'Those of the export are dropped, and exports are tried again',
};

export const METRICS: Signal = {
  name: 'metrics',
  items: 'data points',
  variable: 'METRICS',
  path: 'v1/metrics',
  warningCode: 'THREADTALLY_METRICS_PUSH',
  loss: 'What they say is in the next push that arrives',
};
