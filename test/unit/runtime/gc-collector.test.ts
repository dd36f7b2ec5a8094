import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { GcCollector } from '../../../src/runtime/gc-collector.js';
import type { CollectionEntry } from '../../../src/runtime/gc-collector.js';
import { newCollecting } from './collecting.js';

function entry(kind: number | undefined, duration: number): CollectionEntry {
  return kind === undefined ? { duration } : { duration, detail: { kind, flags: 0 } };
}

describe('garbage collections', () => {
  it('are all counted, also those that come together', test => {
    const { families, samples } = newCollecting(test);
    let deliver: (entries: readonly CollectionEntry[]) => void = () => undefined;
    const pending: CollectionEntry[] = [];
    let isConnected = true;
    const collector = new GcCollector(families, count => {
      deliver = count;
      return {
        takeRecords: () => pending.splice(0),
        disconnect: () => {
          isConnected = false;
        },
      };
    });
    deliver([entry(1, 0.5), entry(1, 2), entry(4, 20), entry(8, 3), entry(16, 3), entry(2, 1)]);
    deliver([entry(32, 1), entry(undefined, 1)]);
    pending.push(entry(4, 200));
    collector.collect();
    collector.collect();
    const values = samples();
    const countOf = (kind: string): number | undefined =>
      values[`nodejs_gc_duration_seconds_count{kind="${kind}"}`];
    assert.deepEqual(['minor', 'major', 'incremental', 'weakcb', 'other'].map(countOf), [3, 2, 1, 1, 2]);
    assert.equal(values['nodejs_gc_duration_seconds_bucket{le="0.001",kind="minor"}'], 2);
    assert.equal(values['nodejs_gc_duration_seconds_bucket{le="0.1",kind="major"}'], 1);
    assert.equal(values['nodejs_gc_duration_seconds_sum{kind="major"}'], 0.22);
    collector.stop();
    assert.equal(isConnected, false);
  });

  it('of this thread are seen by the next scrape, without a turn of the loop', test => {
    const { families, samples } = newCollecting(test, { gcDurationBuckets: [60] });
    const collector = new GcCollector(families);
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    for (let i = 0; i < 3; i++) collectGarbage();
    return new Promise<void>(resolve => {
      // Node.js hands entries to the observer in a turn of their own, of which takeRecords() is not part of.
      setImmediate(() => {
        collector.collect();
        collector.stop();
        assert.ok(samples()['nodejs_gc_duration_seconds_count{kind="major"}']! >= 3);
        resolve();
      });
    });
  });
});
