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
import type { FamilySnapshot } from '../registry/snapshot.js';
import { canonicalNumberText } from './canonical-number.js';
import { CounterLines, UnsignedHistogramLines, UnsignedSummaryLines } from './openmetrics-lines.js';
import type { TextDialect } from './text-dialect.js';
import { escapeQuoted } from './text-dialect.js';
import { StateLines, ThreadLines } from './text-lines.js';
import type { SeriesLines } from './text-lines.js';
import { TextRenderer } from './text-renderer.js';
import type { SeriesForm, TextSeries } from './text-series.js';

const TOTAL_SUFFIX = '_total';
const CREATED_SUFFIX = '_created';

/** Renders in one thread; keeps what it encoded for the next rendering. */
export class OpenMetricsRenderer extends TextRenderer {
  constructor() {
    super(OPENMETRICS);
  }
}

const OPENMETRICS: TextDialect = {
  hasCreated: true,
  end: '# EOF\n',

  commentsOf(descriptor: FamilyDescriptor): string {
    const { help, type, unit } = descriptor;
    const name = familyNameOf(descriptor);
    // A unit that ends the name as it was defined may not end the name of the family: that of x_total.
    const unitLine = unit !== '' && name.endsWith(`_${unit}`) ? `# UNIT ${name} ${unit}\n` : '';
    return `# TYPE ${name} ${type}\n${unitLine}# HELP ${name} ${escapeQuoted(help)}\n`;
  },

  formOf({ descriptor, threads }: FamilySnapshot): SeriesForm {
    const { type } = descriptor;
    const name = familyNameOf(descriptor);
    const createdName = name + CREATED_SUFFIX;
    if (type === 'counter') return { sampleName: name + TOTAL_SUFFIX, createdName };
    if (type === 'histogram' || type === 'summary') return { sampleName: '', createdName };
    if (type === 'info') return { sampleName: name + INFO_SUFFIX, createdName: '' };
    return { sampleName: type === 'stateset' || threads !== undefined ? '' : name, createdName: '' };
  },

  linesOf({ descriptor, threads }: FamilySnapshot, series: TextSeries): SeriesLines | undefined {
    const { name, type, states } = descriptor;
    if (type === 'counter') return new CounterLines(series);
    if (type === 'histogram') return new UnsignedHistogramLines(series, descriptor);
    if (type === 'summary')
      return new UnsignedSummaryLines(series, name, descriptor.quantiles.map(canonicalNumberText));
    if (type === 'stateset') return new StateLines(series, name, states);
    return threads === undefined ? undefined : new ThreadLines(series, name);
  },
};

/** Of a counter without `_total`, which only its sample has; of all others the name as it was defined. */
function familyNameOf({ name, type }: FamilyDescriptor): string {
  if (type !== 'counter' || !name.endsWith(TOTAL_SUFFIX) || name === TOTAL_SUFFIX) return name;
  return name.slice(0, -TOTAL_SUFFIX.length);
}
