import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as layout from '../../src/memory/layout.js';
import { constantOf, parsePicture, problemsOf } from './layout-picture.js';
import { readProjectFile } from './sources.js';

const source = readProjectFile('src/memory/layout.ts');
const blocks = parsePicture(source);

describe('the picture in layout.ts', () => {
  it('shows every block that has offsets', () => {
    const titles = blocks.map(block => block.title);
    assert.deepEqual(titles, [
      'Header',
      'Lease',
      'Slot',
      'Counter cells',
      'Gauge cells',
      'State cells',
      'Sketch',
      'Bucket array',
      'Exemplar',
    ]);
    const prefixes = blocks.map(block => block.prefix);
    const others = Object.keys(layout).filter(
      name => name.endsWith('_OFFSET') && !prefixes.some(prefix => name.startsWith(prefix)),
    );
    assert.deepEqual(
      others,
      [
        'HISTOGRAM_BUCKETS_OFFSET',
        'HISTOGRAM_SUM_OFFSET',
        'SUMMARY_COUNT_OFFSET',
        'SUMMARY_SKETCH_OFFSET',
        'SUMMARY_SUM_OFFSET',
      ],
      'these stand in a sentence, see below',
    );
  });

  for (const block of blocks) {
    it(`agrees with the constants of ${block.prefix.slice(0, -1)}`, () =>
      assert.deepEqual(problemsOf(block, layout), []));
  }

  it('describes histogram cells as the constants do', () => {
    assert.match(
      source,
      /^ \* {3}Histogram cells: \+0 sum f64, then for each bucket \{low u32, halfTurns u32\}/m,
    );
    assert.equal(layout.HISTOGRAM_SUM_OFFSET, 0);
    assert.equal(layout.HISTOGRAM_BUCKETS_OFFSET, layout.HISTOGRAM_SUM_OFFSET + layout.U64_BYTES);
    assert.equal(layout.histogramCellBytes(2) - layout.histogramCellBytes(1), 2 * layout.U32_BYTES);
    const gap = layout.COUNTER_CELL_HALF_TURNS_OFFSET - layout.COUNTER_CELL_LOW_OFFSET;
    assert.equal(gap, layout.U32_BYTES, 'a bucket is read as the integer of a counter');
  });

  it('describes summary cells as the constants do', () => {
    assert.match(
      source,
      /Summary cells: \+0 sum f64, \+8 count \{low u32, halfTurns u32\}.* from \+16 a sketch/,
    );
    assert.equal(layout.SUMMARY_SUM_OFFSET, 0);
    assert.equal(layout.SUMMARY_COUNT_OFFSET, 8);
    assert.equal(layout.SUMMARY_SKETCH_OFFSET, 16);
    assert.equal(layout.summaryCellBytes(24), 40);
  });

  it('has free lists for every size class', () => {
    const header = blocks[0]!;
    for (const pool of ['keyPool', 'cellPool']) {
      assert.equal(header.fields.find(field => field.name === pool)?.type, `u64x${layout.SIZE_CLASS_COUNT}`);
    }
  });

  it('lists the regions in the order in which they stand', () => {
    assert.match(
      source,
      /header \| leases \| index buckets \| slots \| keys \| stripe 0 \(shared\) \| stripe 1 \|/,
    );
    const { totalBytes, ...offsets } = layout.regionsFor({
      stripeCount: 1,
      stripeBytes: 128,
      leaseCount: 1,
      bucketCount: 1,
      slotCount: 1,
      keyRegionBytes: 128,
    });
    const inOrder = [
      offsets.leasesOffset,
      offsets.bucketsOffset,
      offsets.slotsOffset,
      offsets.keysOffset,
      offsets.stripesOffset,
      totalBytes,
    ];
    assert.deepEqual(
      inOrder,
      [...inOrder].sort((a, b) => a - b),
    );
  });
});

describe('the comparison of the picture with the constants', () => {
  const lease = blocks.find(block => block.title === 'Lease')!;
  const MUTANTS: readonly [string, () => string[], RegExp][] = [
    [
      'a constant that has moved',
      () => problemsOf(lease, { ...layout, LEASE_ORDER_OFFSET: 20 }),
      /LEASE_ORDER_OFFSET is 20/,
    ],
    [
      'a constant that is gone',
      () => problemsOf(lease, { ...layout, LEASE_STATE_OFFSET: undefined }),
      /LEASE_STATE_OFFSET is und/,
    ],
    [
      'a constant that nobody drew',
      () => problemsOf(lease, { ...layout, LEASE_NEW_OFFSET: 8 }),
      /LEASE_NEW_OFFSET is not in/,
    ],
    [
      'another size',
      () => problemsOf({ ...lease, bytes: 4_000 }, layout),
      /LEASE_BYTES is \d+, the picture says 4000/,
    ],
    [
      'a field that is lost',
      () => problemsOf({ ...lease, fields: lease.fields.slice(1) }, layout),
      /gap before threadId/,
    ],
    [
      'a field twice',
      () => problemsOf({ ...lease, fields: [lease.fields[0]!, ...lease.fields] }, layout),
      /state overlaps/,
    ],
    [
      'a field that is not aligned',
      () => problemsOf({ ...lease, fields: [{ name: 'state', offset: 4, type: 'u64' }] }, layout),
      /state is not aligned to 8/,
    ],
    [
      'a field beyond the end',
      () => problemsOf({ ...lease, bytes: 8 }, layout),
      /the last field leaves the block/,
    ],
  ];
  for (const [what, problems, expected] of MUTANTS) {
    it(`notices ${what}`, () => assert.match(problems().join('\n'), expected));
  }

  it('knows how field names become constants', () => {
    assert.equal(constantOf('HEADER_', 'keyRegionBytes'), 'HEADER_KEY_REGION_BYTES_OFFSET');
    assert.equal(constantOf('SLOT_', 'state'), 'SLOT_STATE_OFFSET');
  });
});
