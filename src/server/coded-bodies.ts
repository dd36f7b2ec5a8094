/**
 * Coded bodies: the compressed form of renderings, made once for all who want the same one, and kept until other bytes
 * are rendered in that format.
 *
 * Whether the bytes are others is found by comparing them with those that were compressed, which is exact, and over at
 * the first difference. No copy is made for it: the rendering itself is held instead of being given back, so that a
 * source has one buffer more in use for each format.
 *
 * Memory    For each of FORMATS_MAX content types at most: one rendering, and one compressed body for each coding.
 */
import { COMPRESSION_BYTES_MIN, COMPRESSORS } from './compression.js';
import type { Compress } from './compression.js';
import type { CodingChoice, ContentCoding } from './content-coding.js';
import type { HeldRendering } from './held-rendering.js';

export interface CodedBody {
  readonly body: Uint8Array;
  readonly coding: ContentCoding;
}

interface KeptFormat {
  readonly source: HeldRendering;
  readonly release: () => void;
  readonly coded: Map<ContentCoding, Promise<Uint8Array>>;
}

export const FORMATS_MAX = 4;

export class CodedBodies {
  /** By content type, the least recently used first. */
  private readonly kept = new Map<string, KeptFormat>();

  /** @param compressors for tests */
  constructor(private readonly compressors: ReadonlyMap<ContentCoding, Compress> = COMPRESSORS) {}

  /** The codings that can be chosen, beside identity. */
  get available(): ContentCoding[] {
    return [...this.compressors.keys()];
  }

  /**
   * The body in this coding, or as it is where that is no longer, or where compressing it fails. The caller holds the
   * rendering until this has settled. Never rejects.
   *
   * @param keepAs the content type to keep it for; undefined for a rendering that will not come again
   */
  async encode(
    rendering: HeldRendering,
    { coding, isForced }: CodingChoice,
    keepAs: string | undefined,
  ): Promise<CodedBody> {
    const { body } = rendering;
    const plain: CodedBody = { body, coding: 'identity' };
    const compress = this.compressors.get(coding);
    if (compress === undefined || (body.length < COMPRESSION_BYTES_MIN && !isForced)) return plain;
    try {
      const coded = await (keepAs === undefined
        ? compress(body)
        : this.keep(rendering, { coding, compress, keepAs }));
      return coded.length < body.length || isForced ? { body: coded, coding } : plain;
    } catch {
      return plain;
    }
  }

  /** Gives all renderings back that are kept for further scrapes. */
  clear(): void {
    while (this.kept.size > 0) this.dropOldest();
  }

  private keep(
    rendering: HeldRendering,
    { coding, compress, keepAs }: { coding: ContentCoding; compress: Compress; keepAs: string },
  ): Promise<Uint8Array> {
    const format = this.formatFor(rendering, keepAs);
    let coded = format.coded.get(coding);
    if (coded === undefined) {
      coded = this.compress(format, compress);
      format.coded.set(coding, coded);
      // What failed is tried again with the next scrape.
      coded.catch(() => format.coded.delete(coding));
    }
    return coded;
  }

  /** The format may be dropped while this goes on, but its bytes must not be written to. */
  private async compress({ source }: KeptFormat, compress: Compress): Promise<Uint8Array> {
    const release = source.hold();
    try {
      return await compress(source.body);
    } finally {
      release();
    }
  }

  private formatFor(rendering: HeldRendering, contentType: string): KeptFormat {
    const last = this.kept.get(contentType);
    this.kept.delete(contentType);
    const format = last !== undefined && isOf(last, rendering) ? last : keptFormat(rendering);
    if (last !== format) last?.release();
    this.kept.set(contentType, format);
    if (this.kept.size > FORMATS_MAX) this.dropOldest();
    return format;
  }

  private dropOldest(): void {
    const [contentType, format] = this.kept.entries().next().value!;
    this.kept.delete(contentType);
    format.release();
  }
}

function keptFormat(source: HeldRendering): KeptFormat {
  return { source, release: source.hold(), coded: new Map() };
}

/** Comparing more holds up the event loop for milliseconds; compressing it again does not. */
const COMPARED_MAX_BYTES = 16_777_216;

/** True when the bytes are known to be those that the format was made of. */
function isOf({ source }: KeptFormat, rendering: HeldRendering): boolean {
  if (source === rendering) return true;
  const { body } = rendering;
  return body.length <= COMPARED_MAX_BYTES && Buffer.compare(source.body, body) === 0;
}
