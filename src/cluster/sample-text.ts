/** Sample text: families in the form of prom-client's JSON in the text format 0.0.4. */
import { numberText } from '../exposition/text-buffer.js';
import { escapeQuoted } from '../exposition/text-dialect.js';
import type { MetricObjectWithValues, MetricValue } from '../primitives/readings.js';

export function textOfMetrics(metrics: readonly MetricObjectWithValues[]): string {
  return metrics.map(textOfMetric).join('');
}

function textOfMetric({ name, help, type, values }: MetricObjectWithValues): string {
  const shownName = type === 'info' ? `${name}_info` : name;
  const shownType = type === 'info' || type === 'stateset' ? 'gauge' : type;
  const escapedHelp = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  const lines = values.map(value => lineOf(shownName, value));
  return `# HELP ${shownName} ${escapedHelp}\n# TYPE ${shownName} ${shownType}\n${lines.join('')}`;
}

function lineOf(name: string, { value, labels, metricName = name }: MetricValue): string {
  const pairs = Object.entries(labels)
    .filter(([, label]) => label !== '')
    .map(([label, text]) => `${label}="${escapeQuoted(String(text))}"`);
  return `${metricName}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}\n`;
}
