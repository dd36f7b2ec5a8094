/** Formats: which renderer writes which format. A new format is one more line here. */
import type { RenderSettings } from '../registry/registry-options.js';
import type { RenderedFormat, Renderer } from '../registry/renderers.js';
import { EscapedNames } from './escaped-names.js';
import { negotiateExposition } from './negotiation.js';
import type { ExpositionFormat } from './negotiation.js';
import { PrometheusTextRenderer } from './prometheus-text.js';

type NewRenderer = (settings: RenderSettings) => Renderer;

/**
 * A renderer gets names that are escaped already; with `allow-utf-8` it quotes those that are no legacy names. Loaded when
 * a scraper first asks for the format: most processes are asked for one of them.
 */
const LOADERS: Record<Exclude<ExpositionFormat, 'text'>, () => Promise<NewRenderer>> = {
  protobuf: async () => {
    const { PrometheusProtobufRenderer } = await import('./prometheus-protobuf.js');
    return () => new PrometheusProtobufRenderer();
  },
  openmetrics: async () => {
    const { OpenMetricsRenderer } = await import('./openmetrics-text.js');
    return settings => new OpenMetricsRenderer(settings);
  },
};

/** The text format is there from the start: it is rendered without waiting for anything, too. */
const loaded: Partial<Record<ExpositionFormat, NewRenderer>> = {
  text: settings => new PrometheusTextRenderer(settings),
};

const OFFERED: readonly ExpositionFormat[] = ['protobuf', 'openmetrics', 'text'];

/** Answers for headers that were asked about lately: a scraper sends the same one each time. */
const answered = new Map<string | undefined, RenderedFormat>();
/** Then all are forgotten: more than a few are made up. */
const ANSWERED_MAX = 16;

/** The format in which a client with this Accept header is answered. Never throws. */
export function formatFor(accept: string | undefined): RenderedFormat {
  let format = answered.get(accept);
  if (format === undefined) {
    if (answered.size >= ANSWERED_MAX) answered.clear();
    format = formatOf(accept);
    answered.set(accept, format);
  }
  return format;
}

async function load(format: Exclude<ExpositionFormat, 'text'>): Promise<void> {
  loaded[format] ??= await LOADERS[format]();
}

function formatOf(accept: string | undefined): RenderedFormat {
  const { contentType, escaping, format } = negotiateExposition(accept, OFFERED);
  return {
    contentType,
    load: () => (loaded[format] === undefined && format !== 'text' ? load(format) : undefined),
    newRenderer: settings => new EscapedNames(loaded[format]!(settings), escaping),
  };
}
