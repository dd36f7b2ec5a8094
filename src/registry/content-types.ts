/** Content types: what a registry may have as its own, as other client libraries name it. */
import { inspect } from 'node:util';

/** The text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
/** OpenMetrics 1.0 text (prometheus.io/docs/specs/om/open_metrics_spec). */
export const OPENMETRICS_CONTENT_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export type Charset = 'utf-8';
export type PrometheusMIME = 'text/plain';
export type PrometheusMetricsVersion = '0.0.4';
export type OpenMetricsMIME = 'application/openmetrics-text';
export type OpenMetricsVersion = '1.0.0';
export type PrometheusContentType =
  `${PrometheusMIME}; version=${PrometheusMetricsVersion}; charset=${Charset}`;
export type OpenMetricsContentType = `${OpenMetricsMIME}; version=${OpenMetricsVersion}; charset=${Charset}`;
export type RegistryContentType = PrometheusContentType | OpenMetricsContentType;

/** @throws ErrorType when no registry can have it */
export function checkContentType(
  contentType: string,
  ErrorType: typeof TypeError | typeof Error,
): asserts contentType is RegistryContentType {
  if (contentType !== PROMETHEUS_CONTENT_TYPE && contentType !== OPENMETRICS_CONTENT_TYPE)
    throw new ErrorType(
      `Content type ${contentType} is unsupported; it must be one of ` +
        `${inspect(PROMETHEUS_CONTENT_TYPE)}, ${inspect(OPENMETRICS_CONTENT_TYPE)}`,
    );
}
