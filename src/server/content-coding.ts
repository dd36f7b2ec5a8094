/**
 * Content coding: how the body of a reply is compressed for a client (RFC 9110, 12.5.3).
 *
 * Of what the client accepts, the coding with the most weight; at equal weights zstd, then gzip, then none. A client that
 * says nothing gets the bytes as they are. zstd is chosen only by its name: who sends a star does not think of it.
 */
import { parseWeightedList } from '../exposition/weighted-list.js';

export type ContentCoding = 'zstd' | 'gzip' | 'identity';

export interface CodingChoice {
  readonly coding: ContentCoding;
  /** The client refuses the bytes as they are, so that not even a small body is sent so. */
  readonly isForced: boolean;
}

/** One object for each choice, so that equal choices are the same. */
const CHOICES: Readonly<Record<ContentCoding, readonly [free: CodingChoice, forced: CodingChoice]>> = {
  zstd: choicesOf('zstd'),
  gzip: choicesOf('gzip'),
  identity: choicesOf('identity'),
};

/** In the order in which equal weights are decided. */
const ORDER: readonly ContentCoding[] = ['zstd', 'gzip', 'identity'];
const GZIP_ALIAS = 'x-gzip';
const ANY = '*';

export const AS_IT_IS: CodingChoice = CHOICES.identity[0];

/**
 * The coding for a client that sends this Accept-Encoding header, '' for none. Never throws. A client that refuses
 * everything gets the bytes as they are.
 *
 * @param available the codings that can be produced, beside identity
 */
export function chooseCoding(acceptEncoding: string, available: readonly ContentCoding[]): CodingChoice {
  if (acceptEncoding === '') return AS_IT_IS;
  const weights = weightsOf(acceptEncoding);
  const identity = weights.get('identity') ?? weights.get(ANY);
  let best: ContentCoding = 'identity';
  let bestWeight = 0;
  for (const coding of ORDER) {
    if (coding !== 'identity' && !available.includes(coding)) continue;
    const weight = weightOf(coding, weights);
    if (weight <= bestWeight) continue;
    best = coding;
    bestWeight = weight;
  }
  return CHOICES[best][identity === 0 && best !== 'identity' ? 1 : 0];
}

function weightsOf(acceptEncoding: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const { value, quality } of parseWeightedList(acceptEncoding)) {
    const name = value === GZIP_ALIAS ? 'gzip' : value;
    weights.set(name, Math.max(quality, weights.get(name) ?? 0));
  }
  return weights;
}

function weightOf(coding: ContentCoding, weights: ReadonlyMap<string, number>): number {
  const own = weights.get(coding);
  if (own !== undefined || coding === 'zstd') return own ?? 0;
  const any = weights.get(ANY);
  // Not mentioned, it is acceptable all the same, and less than everything that is.
  return coding === 'identity' ? (any ?? Number.MIN_VALUE) : (any ?? 0);
}

function choicesOf(coding: ContentCoding): readonly [CodingChoice, CodingChoice] {
  return [
    { coding, isForced: false },
    { coding, isForced: true },
  ];
}
