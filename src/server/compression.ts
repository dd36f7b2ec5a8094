/** Compression: the codings that this Node.js has, as functions that work in the thread pool and not in this thread. */
import * as zlib from 'node:zlib';
import type { ContentCoding } from './content-coding.js';

export type Compress = (body: Uint8Array) => Promise<Uint8Array>;

/** What fits into one packet anyway is sent as it is. */
export const COMPRESSION_BYTES_MIN = 1_400;

/** Of 1..9: on expositions, higher ones take much more time for hardly less size. */
export const GZIP_LEVEL = 5;
/** The level that zstd itself takes for its normal one. */
export const ZSTD_LEVEL = 3;

/** Output is gathered in pieces, each of which is a way into the thread pool and back. */
const PIECE_BYTES_MIN = 16_384;
const PIECE_BYTES_MAX = 1_048_576;
/** Expositions shrink by more than this. */
const EXPECTED_RATIO = 8;

type Callback = (error: Error | null, result: Uint8Array) => void;
type ZstdCompress = (body: Uint8Array, options: object, done: Callback) => void;

/** From Node.js 22.15 on. */
const { zstdCompress } = zlib as { zstdCompress?: ZstdCompress };
/** ZSTD_c_compressionLevel of the zstd library, whose numbers are fixed. */
const ZSTD_LEVEL_PARAMETER = 100;

const gzip: Compress = body =>
  settled(done =>
    zlib.gzip(body, { level: GZIP_LEVEL, chunkSize: pieceBytes(body) }, done as zlib.CompressCallback),
  );

function zstdWith(compress: ZstdCompress): Compress {
  const params = { [ZSTD_LEVEL_PARAMETER]: ZSTD_LEVEL };
  return body => settled(done => compress(body, { params, chunkSize: pieceBytes(body) }, done));
}

/** What can be produced here, beside identity. */
export const COMPRESSORS: ReadonlyMap<ContentCoding, Compress> = new Map<ContentCoding, Compress>([
  ['gzip', gzip],
  ...(zstdCompress === undefined ? [] : [['zstd', zstdWith(zstdCompress)] as const]),
]);

function pieceBytes({ length }: Uint8Array): number {
  return Math.min(Math.max(Math.ceil(length / EXPECTED_RATIO), PIECE_BYTES_MIN), PIECE_BYTES_MAX);
}

function settled(start: (done: Callback) => void): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    start((error, result) => {
      if (error !== null) reject(error);
      // A copy of its own length: the result may be the beginning of a piece, all of which it would keep.
      else resolve(new Uint8Array(result));
    });
  });
}
