/**
 * OpenMetrics 1.0 text format.
 *
 * Format: prometheus.io/docs/specs/om/open_metrics_spec; where its grammar and its prose differ, the grammar counts.
 *
 * An exposition that breaks a rule of the format is void as a whole, so what the format cannot show of a series is left
 * out, see openmetrics-lines.ts.
 */
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { INFO_SUFFIX } from '../primitives/family-descriptor.js';
import type { RenderSettings } from '../registry/registry-options.js';
import { openMetricsName } from '../registry/shown-names.js';
import type { FamilySnapshot } from '../registry/snapshot.js';
import { labelNumberText } from './canonical-number.js';
import { CounterLines, UnsignedHistogramLines, UnsignedSummaryLines } from './openmetrics-lines.js';
import type { TextDialect } from './text-dialect.js';
import { escapeQuoted } from './text-dialect.js';
import type { SampleHead } from './text-names.js';
import { familyText, labelHeadOf, sampleHeadOf } from './text-names.js';
import { StateLines, ThreadLines } from './text-lines.js';
import type { SeriesLines } from './text-lines.js';
import { TextRenderer } from './text-renderer.js';
import type { SeriesForm, TextSeries } from './text-series.js';

const TOTAL_SUFFIX = '_total';
const CREATED_SUFFIX = '_created';

/** Renders in one thread; keeps what it encoded for the next rendering. */
export class OpenMetricsRenderer extends TextRenderer {
  constructor({ labelNumbers }: RenderSettings = {}) {
    super(new OpenMetricsDialect(labelNumberText(labelNumbers)));
  }
}

class OpenMetricsDialect implements TextDialect {
  readonly hasCreated = true;
  readonly end = '# EOF\n';

  constructor(private readonly partText: (value: number) => string) {}

  commentsOf(descriptor: FamilyDescriptor): string {
    const { help, type, unit } = descriptor;
    const familyName = openMetricsName(descriptor);
    const name = familyText(familyName);
    // A unit that ends the name as it was defined may not end the name of the family: that of x_total.
    const unitLine = unit !== '' && familyName.endsWith(`_${unit}`) ? `# UNIT ${name} ${unit}\n` : '';
    return `# TYPE ${name} ${type}\n${unitLine}# HELP ${name} ${escapeQuoted(help)}\n`;
  }

  formOf({ descriptor, threads }: FamilySnapshot): SeriesForm {
    const { type } = descriptor;
    const labelHeads = descriptor.labelNames.map(labelHeadOf);
    const name = openMetricsName(descriptor);
    const headOf = (suffix: string): SampleHead => sampleHeadOf(name + suffix);
    const created =
      type === 'gauge' || type === 'info' || type === 'stateset' ? undefined : headOf(CREATED_SUFFIX);
    if (type === 'counter') return { labelHeads, sample: headOf(TOTAL_SUFFIX), created };
    if (type === 'info') return { labelHeads, sample: headOf(INFO_SUFFIX), created };
    const isLone = type === 'gauge' && threads === undefined;
    return { labelHeads, sample: isLone ? headOf('') : undefined, created };
  }

  linesOf({ descriptor, threads }: FamilySnapshot, series: TextSeries): SeriesLines | undefined {
    const { name, type, states } = descriptor;
    if (type === 'counter') return new CounterLines(series);
    if (type === 'histogram') return new UnsignedHistogramLines(series, descriptor, this.partText);
    if (type === 'summary')
      return new UnsignedSummaryLines(series, name, descriptor.quantiles.map(this.partText));
    if (type === 'stateset') return new StateLines(series, name, states);
    return threads === undefined ? undefined : new ThreadLines(series, name);
  }
}
