/** Results README: everything that the JSON files say, for people. */
import { areaReport } from './area-report.js';
import { goalsSection } from './goals.js';
import type { AreaResult } from './result-file.js';

const HEADER = `<!-- Made from the JSON files beside it by \`npm run bench\`. Change those by measuring, and this not at all. -->

# Benchmark results

Each number is the median of several processes; each process measured one case and nothing else, and was refused a
result unless what the measured library had recorded in the end was what the bench had counted. A process is run again
when a loop of \`Atomics.add\` before or after it was a third slower than that loop at its best, and the run beside which
it was fastest is kept: whoever shares the cores of a virtual machine changes its speed within seconds. The JSON files
have every run that was kept.`;

/** The same results give the same text. */
export function resultsReadme(results: readonly AreaResult[]): string {
  const sections = [HEADER, ...goalsSection(results), ...results.map(areaReport)];
  return `${sections.join('\n\n')}\n`;
}
