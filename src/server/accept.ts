/** The Accept header, as far as the status endpoints need it: which of two media types does the client want more? */

const QUALITY_DEFAULT = 1;

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

/**
 * True when the client asks for `text/plain` more than for JSON. JSON is the answer without a header, to a client that
 * wants both equally (most take anything), and to one that wants neither.
 */
export function prefersPlainText(accept: string): boolean {
  const ranges = accept.split(',').map(parseRange);
  return qualityOf(ranges, 'text/plain') > qualityOf(ranges, 'application/json');
}

function parseRange(text: string): MediaRange {
  const [type, ...parameters] = text.split(';').map(part => part.trim().toLowerCase());
  const weight = parameters.find(parameter => /^q\s*=/.test(parameter));
  if (weight === undefined) return { type, quality: QUALITY_DEFAULT };
  const quality = Number(weight.slice(weight.indexOf('=') + 1));
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

/** RFC 9110 12.5.1: the most specific range that matches decides, whatever its weight. */
function qualityOf(ranges: readonly MediaRange[], type: string): number {
  const [group] = type.split('/');
  for (const candidate of [type, `${group}/*`, '*/*']) {
    const range = ranges.find(({ type: offered }) => offered === candidate);
    if (range !== undefined) return range.quality;
  }
  return 0;
}
