/**
 * What calls of a language model look like: quantiles measured on the Azure LLM inference trace of November 2023
 * (published with Patel et al., "Splitwise", ISCA 2024; CC-BY). The counts are heavy-tailed and have several modes
 * (prompt templates, limits of the service), which a lognormal of the same mean would smooth away: hence a table.
 */

/** Values at increasing probabilities; between them the quantile function is linear. */
type QuantileTable = readonly (readonly [probability: number, value: number])[];

export interface TraceProfile {
  readonly model: string;
  /** Share of this profile among all calls of the two traces. */
  readonly weight: number;
  readonly contextTokens: QuantileTable;
  readonly generatedTokens: QuantileTable;
}

// prettier-ignore
const CONVERSATION: TraceProfile = {
  model: 'synthetic-conversation',
  weight: 0.687,
  contextTokens: [
    [0, 2], [0.01, 29], [0.02, 91], [0.05, 181], [0.1, 207], [0.15, 372], [0.25, 396], [0.35, 414], [0.4, 703],
    [0.45, 984], [0.5, 1020], [0.6, 1071], [0.7, 1130], [0.75, 1189], [0.8, 1315], [0.85, 1876], [0.9, 2734],
    [0.925, 4075], [0.975, 4092], [0.99, 4142], [0.995, 4831], [0.999, 6212], [0.9999, 7650], [1, 14050],
  ],
  generatedTokens: [
    [0, 7], [0.01, 16], [0.02, 24], [0.05, 41], [0.1, 54], [0.2, 77], [0.3, 91], [0.4, 103], [0.45, 113], [0.5, 129],
    [0.55, 151], [0.6, 177], [0.65, 217], [0.7, 384], [0.8, 400], [0.9, 424], [0.95, 451], [0.975, 522], [0.99, 601],
    [0.995, 643], [0.999, 954], [1, 1000],
  ],
};

// prettier-ignore
const CODE: TraceProfile = {
  model: 'synthetic-code',
  weight: 0.313,
  contextTokens: [
    [0, 3], [0.01, 17], [0.02, 35], [0.05, 75], [0.1, 147], [0.2, 386], [0.3, 770], [0.4, 1075], [0.5, 1469],
    [0.6, 1909], [0.7, 2433], [0.75, 2745], [0.8, 3192], [0.85, 3919], [0.9, 5186], [0.925, 6097], [0.95, 7302],
    [0.975, 7435], [1, 7437],
  ],
  generatedTokens: [
    [0, 6], [0.05, 6], [0.1, 7], [0.2, 8], [0.3, 9], [0.4, 11], [0.5, 13], [0.6, 16], [0.7, 20], [0.75, 24], [0.8, 29],
    [0.85, 39], [0.9, 55], [0.925, 69], [0.95, 90], [0.975, 145], [0.99, 252], [0.995, 361], [0.999, 824],
    [0.9999, 1276], [1, 1899],
  ],
};

export const TRACE_PROFILES: readonly TraceProfile[] = [CONVERSATION, CODE];

/** The token count at a probability in [0, 1): given a uniform number, a count distributed as in the trace. */
export function tokensAt(table: QuantileTable, probability: number): number {
  let index = 1;
  while (index < table.length - 1 && table[index][0] <= probability) index++;
  const [lowProbability, lowValue] = table[index - 1];
  const [highProbability, highValue] = table[index];
  const share = (probability - lowProbability) / (highProbability - lowProbability);
  return Math.round(lowValue + share * (highValue - lowValue));
}
