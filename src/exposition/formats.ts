/** Formats: which renderer writes which format. A new format is one more line here. */
import type { RenderedFormat, Renderer } from '../registry/renderers.js';
import { EscapedNames } from './escaped-names.js';
import { negotiateExposition } from './negotiation.js';
import type { Exposition, ExpositionFormat } from './negotiation.js';
import { OpenMetricsRenderer } from './openmetrics-text.js';
import { PrometheusProtobufRenderer } from './prometheus-protobuf.js';
import { PrometheusTextRenderer } from './prometheus-text.js';

/** A renderer gets names that are escaped already; with `allow-utf-8` it quotes those that are no legacy names. */
const RENDERERS: Partial<Record<ExpositionFormat, (exposition: Exposition) => Renderer>> = {
  protobuf: () => new PrometheusProtobufRenderer(),
  openmetrics: () => new OpenMetricsRenderer(),
  text: ({ version }) => new PrometheusTextRenderer({ version: version === '1.0.0' ? '1.0.0' : '0.0.4' }),
};

const OFFERED = Object.keys(RENDERERS) as ExpositionFormat[];

/** The format in which a client with this Accept header is answered. Never throws. */
export function formatFor(accept: string | undefined): RenderedFormat {
  const exposition = negotiateExposition(accept, OFFERED);
  const { contentType, escaping, format } = exposition;
  return {
    contentType,
    // What is offered has a renderer.
    newRenderer: () => new EscapedNames(RENDERERS[format]!(exposition), escaping),
  };
}
