/** Series of merged snapshots: found again by renderers, and never taken for others. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MergedSnapshots } from '../../../src/cluster/merged-snapshot.js';
import type { FamilyPart } from '../../../src/cluster/process-snapshot.js';
import { TextRenderer } from '../../../src/exposition/text-renderer.js';
import { OpenMetricsRenderer } from '../../../src/exposition/openmetrics-text.js';
import { PrometheusTextRenderer } from '../../../src/exposition/prometheus-text.js';
import type { Snapshot } from '../../../src/index.js';
import { newRegistry, partsOf } from './processes.js';
import type { TestContext } from 'node:test';

function counterPart(test: TestContext): FamilyPart {
  const registry = newRegistry(test);
  registry.counter({ name: 'c_total', help: 'C.', labelNames: ['a'] }).inc({ a: 'x' });
  return partsOf(registry)[0]!;
}

function withLabels(part: FamilyPart, ...labels: string[]): FamilyPart {
  const [one] = part.series;
  return { ...part, series: labels.map(label => ({ ...one!, labels: [label] })) };
}

function identities({ families }: Snapshot): string[] {
  return families[0]!.series.map(({ slot, sequence }) => `${slot}:${sequence}`);
}

function textBy(renderer: TextRenderer, snapshot: Snapshot): string {
  return Buffer.from(renderer.render(snapshot).body).toString();
}

describe('series of merged snapshots', () => {
  it('are the same from one to the next', test => {
    const snapshots = new MergedSnapshots();
    const part = withLabels(counterPart(test), 'x', 'y');
    const first = identities(snapshots.snapshotOf([part]));
    assert.deepEqual(identities(snapshots.snapshotOf([withLabels(part, 'y', 'x')])), first.toReversed());
  });

  it('give their slot to another when they are gone, under another sequence', test => {
    const snapshots = new MergedSnapshots();
    const renderer = new PrometheusTextRenderer();
    const part = counterPart(test);
    const [gone] = identities(snapshots.snapshotOf([withLabels(part, 'x')]));
    textBy(renderer, snapshots.snapshotOf([withLabels(part, 'x')]));
    snapshots.snapshotOf([withLabels(part)]);
    const snapshot = snapshots.snapshotOf([withLabels(part, 'z')]);
    const [next] = identities(snapshot);
    assert.equal(next!.split(':')[0], gone!.split(':')[0]);
    assert.notEqual(next, gone);
    assert.match(textBy(renderer, snapshot), /^c_total\{a="z"\} 1$/m);
  });

  it('are shown anew when they turn out to be older', test => {
    const snapshots = new MergedSnapshots();
    const renderer = new OpenMetricsRenderer();
    const part = counterPart(test);
    const createdAt = (createdMs: number): FamilyPart => ({
      ...part,
      series: [{ ...part.series[0]!, createdMs }],
    });
    assert.match(textBy(renderer, snapshots.snapshotOf([createdAt(2_000)])), /^c_created\{a="x"\} 2(\.0)?$/m);
    assert.match(textBy(renderer, snapshots.snapshotOf([createdAt(1_000)])), /^c_created\{a="x"\} 1(\.0)?$/m);
  });

  it('are others when their label is another one of the same value', test => {
    const snapshots = new MergedSnapshots();
    const renderer = new PrometheusTextRenderer();
    const part = counterPart(test);
    const named = (...labelNames: string[]): FamilyPart => ({
      descriptor: { ...part.descriptor, labelNames },
      series: [{ ...part.series[0]!, labels: ['x', ''] }],
    });
    assert.match(textBy(renderer, snapshots.snapshotOf([named('a', 'b')])), /^c_total\{a="x"\} 1$/m);
    assert.match(textBy(renderer, snapshots.snapshotOf([named('b', 'a')])), /^c_total\{b="x"\} 1$/m);
  });

  it('show their labels to whoever asks', test => {
    const [family] = new MergedSnapshots().snapshotOf([withLabels(counterPart(test), 'é"')]).families;
    const [series] = family!.series;
    assert.deepEqual(series!.labelValues(), ['é"']);
  });
});
