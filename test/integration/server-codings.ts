/** Content codings, undone as a client undoes them. */
import * as zlib from 'node:zlib';

type Undo = (body: Uint8Array) => Buffer;

const { zstdDecompressSync } = zlib as { zstdDecompressSync?: Undo };

export const HAS_ZSTD = zstdDecompressSync !== undefined;

/** @param coding the Content-Encoding of a reply; undefined for none */
export function decode(coding: string | undefined, body: Uint8Array): Buffer {
  if (coding === undefined) return Buffer.from(body);
  if (coding === 'gzip') return zlib.gunzipSync(body);
  if (coding === 'zstd' && zstdDecompressSync !== undefined) return zstdDecompressSync(body);
  throw new Error(`no such coding here: ${coding}`);
}
