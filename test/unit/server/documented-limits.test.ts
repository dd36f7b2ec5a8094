/** The limits that docs/guides/serving.md names are those of the code. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BODIES_IN_FLIGHT_MAX } from '../../../src/server/bodies-in-flight.js';
import { FORMATS_MAX } from '../../../src/server/coded-bodies.js';
import { COMPRESSION_BYTES_MIN, GZIP_LEVEL, ZSTD_LEVEL } from '../../../src/server/compression.js';
import { KINDS_WAITING_MAX } from '../../../src/server/scrape-coalescer.js';
import { LONE_PART_BYTES, PART_BYTES, TURN_BYTES } from '../../../src/server/send-turns.js';
import { resolveServerOptions } from '../../../src/server/server-options.js';
import { READER_STALL_MS } from '../../../src/server/transport.js';
import { fixedSource } from '../../integration/server-sources.js';
import { readProjectFile } from '../../tidy/sources.js';

// In one line each, wherever the formatter breaks them.
const guide = readProjectFile('docs/guides/serving.md').replaceAll(/\s+/g, ' ');

const SENTENCES: readonly string[] = [
  `${KINDS_WAITING_MAX} different ones may wait`,
  `less than ${COMPRESSION_BYTES_MIN.toLocaleString('en')} bytes are sent as they are`,
  `The levels are ${GZIP_LEVEL} of 9 for gzip, and ${ZSTD_LEVEL}, the normal one, for zstd`,
  `of the last ${['one', 'two', 'three', 'four'][FORMATS_MAX - 1]} formats that were asked for`,
  `in parts of ${PART_BYTES / 1_024} KiB`,
  `A reply that finds no other gets a part of ${LONE_PART_BYTES / 1_024} KiB`,
  `In one turn of the event loop ${TURN_BYTES / 1_024} KiB are handed over`,
  `takes nothing for ${READER_STALL_MS / 1_000} seconds is disconnected`,
  `${BODIES_IN_FLIGHT_MAX} bodies may be on their way at a time`,
  `bounded by ${BODIES_IN_FLIGHT_MAX} times the size of a body`,
];

describe('the guide to serving', () => {
  for (const sentence of SENTENCES) {
    it(`says: ${sentence}`, () => assert.ok(guide.includes(sentence)));
  }

  it('lists every option of the server with its default', () => {
    for (const [name, value] of Object.entries(resolveServerOptions(fixedSource(''), {}))) {
      const row = new RegExp(`\\| \`${name}\` \\| ([^|]*) \\|`).exec(guide);
      assert.ok(row !== null, name);
      if (typeof value === 'number' && name !== 'port') assert.equal(row[1], value.toLocaleString('en'));
      else if (typeof value !== 'function') assert.equal(row[1].replaceAll('`', ''), String(value));
    }
  });
});
