/** Results README: everything that the JSON files say, for people. */
import { areaReport } from './area-report.js';
import { goalsSection } from './goals.js';
import type { AreaResult } from './result-file.js';

const HEADER = `<!-- Made from the JSON files beside it by \`npm run bench\`. Change those by measuring, and this not at all. -->

# Benchmark results

Each number is the median of several processes; each process measured one case and nothing else, and was refused a
result unless what the measured library had recorded in the end was what the bench had counted. The JSON files have
every run.`;

/** The same results give the same text. */
export function resultsReadme(results: readonly AreaResult[]): string {
  const sections = [HEADER, ...goalsSection(results), ...results.map(areaReport)];
  return `${sections.join('\n\n')}\n`;
}
