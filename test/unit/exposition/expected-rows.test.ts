import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExpectedRows, grownTo } from '../../../src/exposition/expected-rows.js';
import type { FamilyDescriptor } from '../../../src/primitives/family-descriptor.js';
import type { FamilyExtent } from '../../../src/registry/renderers.js';

const EXTENTS: readonly FamilyExtent[] = [3, 5, 7].map(length => ({
  descriptor: { name: `of_${length}` } as FamilyDescriptor,
  series: { length },
  keyBytes: 0,
}));
const [three, five, seven] = EXTENTS.map(({ descriptor }) => descriptor);

class Rows extends ExpectedRows {
  constructor(private readonly isBackward: boolean) {
    super(EXTENTS);
  }

  of(descriptor: FamilyDescriptor): number {
    return this.rowsOf(descriptor, this.isBackward);
  }
}

describe('expected rows', () => {
  it('are those of the extents, in either order, also when some of the families do not come', () => {
    const forward = new Rows(false);
    assert.deepEqual([forward.of(three!), forward.of(seven!)], [3, 7]);
    const backward = new Rows(true);
    assert.deepEqual([backward.of(seven!), backward.of(five!), backward.of(three!)], [7, 5, 3]);
  });

  it('are none of a family that is not among them, and the next ones are what they were', () => {
    const rows = new Rows(false);
    assert.equal(rows.of(three!), 3);
    assert.equal(rows.of({ ...five! }), 0);
    assert.equal(rows.of(five!), 5);
  });

  it('get exactly their room at first, and not room anew for each that is added', () => {
    assert.equal(grownTo(0, 1_000), 1_000);
    let [room, times] = [1_000, 0];
    for (let rows = 1_000; rows < 10_000; rows++) {
      if (rows <= room) continue;
      room = grownTo(room, rows);
      assert.ok(room >= rows);
      times++;
    }
    assert.ok(times < 15, `${times} times`);
  });
});
