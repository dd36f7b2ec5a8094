/** Command line of the benches. */
import { parseArgs } from 'node:util';
import type { PresetName } from './preset.js';

export const USAGE = `npm run bench -- [area...] [options]

  area          micro, accuracy, contention, scrape, http, memory, blocked, otel; all if none is named
  --quick       proves in seconds that all benches run and add up; writes no results
  --standard    a few minutes, the default
  --full        half an hour, for numbers to be quoted
  --only WORD   only the cases whose id contains WORD; writes no results
  --results DIR writes the results to DIR, whatever the other options are`;

export interface CommandLine {
  /** Empty for all. */
  readonly areas: readonly string[];
  readonly preset: PresetName;
  readonly only: string | undefined;
  readonly resultsFolder: string | undefined;
}

/** @throws TypeError naming an option that there is not, Error for two presets */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean' },
      standard: { type: 'boolean' },
      full: { type: 'boolean' },
      only: { type: 'string' },
      results: { type: 'string' },
    },
  });
  const presets = (['quick', 'standard', 'full'] as const).filter(name => values[name]);
  if (presets.length > 1) throw new Error(`--${presets.join(' and --')} exclude each other`);
  return {
    areas: positionals,
    preset: presets[0] ?? 'standard',
    only: values.only,
    resultsFolder: values.results,
  };
}
