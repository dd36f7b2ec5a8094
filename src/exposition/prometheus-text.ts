/**
 * Prometheus text formats: 0.0.4, and 1.0.0, which is the same for names that 0.0.4 can write.
 *
 * Format: prometheus.io/docs/instrumenting/exposition_formats, "Text-based format".
 */
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { INFO_SUFFIX } from '../primitives/family-descriptor.js';
import type { RenderSettings } from '../registry/registry-options.js';
import type { FamilySnapshot } from '../registry/snapshot.js';
import { labelNumberText } from './canonical-number.js';
import type { TextDialect } from './text-dialect.js';
import { escapeBackslashes } from './text-dialect.js';
import { familyText, labelHeadOf, sampleHeadOf } from './text-names.js';
import { HistogramLines, StateLines, SummaryLines, ThreadLines } from './text-lines.js';
import type { SeriesLines } from './text-lines.js';
import { TextRenderer } from './text-renderer.js';
import type { SeriesForm, TextSeries } from './text-series.js';

export class PrometheusTextRenderer extends TextRenderer {
  constructor({ labelNumbers }: RenderSettings = {}) {
    super(new PrometheusTextDialect(labelNumberText(labelNumbers)));
  }
}

class PrometheusTextDialect implements TextDialect {
  readonly hasCreated = false;
  readonly end = '';

  constructor(private readonly partText: (value: number) => string) {}

  commentsOf(descriptor: FamilyDescriptor): string {
    const { help, type } = descriptor;
    const name = familyText(sampleNameOf(descriptor));
    // What the format has no type for is a gauge in it, as OpenMetrics wants it translated.
    const textType = type === 'info' || type === 'stateset' ? 'gauge' : type;
    // A quote may stand as it is in HELP of this format.
    return `# HELP ${name} ${escapeBackslashes(help)}\n# TYPE ${name} ${textType}\n`;
  }

  formOf({ descriptor, threads }: FamilySnapshot): SeriesForm {
    const { type } = descriptor;
    const isLone = type === 'counter' || type === 'info' || (type === 'gauge' && threads === undefined);
    return {
      labelHeads: descriptor.labelNames.map(labelHeadOf),
      sample: isLone ? sampleHeadOf(sampleNameOf(descriptor)) : undefined,
      created: undefined,
    };
  }

  linesOf({ descriptor, threads }: FamilySnapshot, series: TextSeries): SeriesLines | undefined {
    const { name, type, bounds, quantiles, states } = descriptor;
    if (type === 'histogram')
      return new HistogramLines(series, name, [...bounds, Infinity].map(this.partText));
    if (type === 'summary') return new SummaryLines(series, name, quantiles.map(this.partText));
    if (type === 'stateset') return new StateLines(series, name, states);
    return threads === undefined ? undefined : new ThreadLines(series, name);
  }
}

/** The name of a family in this format, which has no suffixes of samples but those of histograms and summaries. */
function sampleNameOf({ name, type }: FamilyDescriptor): string {
  return type === 'info' ? name + INFO_SUFFIX : name;
}
