/**
 * What a run did, in plain numbers: the ledger of the workers, kept beside the metrics and independent of them, for the
 * summary and to check the metrics against.
 */

export interface Tally {
  received: number;
  duplicates: number;
  late: number;
  contextTokens: number;
  generatedTokens: number;
  windows: number;
  outliers: number;
}

export function emptyTally(): Tally {
  return {
    received: 0,
    duplicates: 0,
    late: 0,
    contextTokens: 0,
    generatedTokens: 0,
    windows: 0,
    outliers: 0,
  };
}

export function sumTallies(tallies: readonly Readonly<Tally>[]): Tally {
  const sum = emptyTally();
  for (const tally of tallies) {
    for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += tally[name];
  }
  return sum;
}
