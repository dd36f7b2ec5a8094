import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { defineStreamProcessorMetrics } from '../../../../src/catalog/index.js';
import { Registry } from '../../../../src/index.js';
import type { LlmEvent } from '../../../../workers/event.js';
import type { WindowResult } from '../../../../workers/pipeline/model-windows.js';
import { Partition } from '../../../../workers/pipeline/partition.js';
import { PARTITION_COUNT, partitionOf, workerOf } from '../../../../workers/pipeline/partition-of.js';
import { PipelineMetrics } from '../../../../workers/pipeline/pipeline-metrics.js';
import { DEFAULT_SETTINGS } from '../../../../workers/pipeline/settings.js';
import { sumTallies, type Tally } from '../../../../workers/pipeline/tally.js';
import { eventStreams, makeEvent, START_MS } from '../events.js';
import { eventDrivenSamples, samplesOf } from '../samples.js';

interface Run {
  readonly registry: Registry;
  readonly tally: Tally;
  readonly windows: WindowResult[];
}

/** The pipeline without threads: each "worker" is a registry attached to the same arena. */
function process(events: readonly LlmEvent[], workerCount = 1): Run {
  const registry = new Registry();
  const windows: WindowResult[] = [];
  const workers = Array.from({ length: workerCount }, () => {
    const metrics = new PipelineMetrics(defineStreamProcessorMetrics(Registry.attach(registry.share())));
    return Array.from(
      { length: PARTITION_COUNT },
      (_, partition) =>
        new Partition({
          partition,
          settings: DEFAULT_SETTINGS,
          metrics,
          onWindow: result => windows.push(result),
        }),
    );
  });
  for (const event of events) {
    const partition = partitionOf(event.id);
    workers[workerOf(partition, workerCount)][partition].process(event);
  }
  const partitions = workers.flat();
  for (const partition of partitions) partition.flush();
  return { registry, windows, tally: sumTallies(partitions.map(({ tally }) => tally)) };
}

async function samplesFrom(run: Run): Promise<(series: string) => number> {
  const samples = samplesOf(await run.registry.metrics());
  return series => samples.get(series) ?? 0;
}

describe('Partition', () => {
  it('counts an event, its tokens and its windows', async () => {
    const sample = await samplesFrom(process([makeEvent({ contextTokens: 700, generatedTokens: 30 })]));
    assert.equal(sample('stream_processor_events_received_total{event_type="llm_call"}'), 1);
    assert.equal(sample('stream_processor_events_processed_total{result="success"}'), 1);
    assert.equal(sample('llm_requests_total{model="m"}'), 1);
    assert.equal(sample('llm_tokens_consumed_total{model="m",token_type="input"}'), 700);
    assert.equal(sample('llm_tokens_consumed_total{model="m",token_type="output"}'), 30);
    assert.equal(sample('llm_context_tokens_sum{model="m"}'), 700);
    assert.equal(sample('windows_triggered_total{window_type="tumbling"}'), 1);
    assert.equal(sample('windows_triggered_total{window_type="sliding"}'), 6);
    assert.equal(sample('windows_triggered_total{window_type="session"}'), 1);
    assert.equal(sample('stream_processor_aggregations_computed_total{aggregation_type="p95"}'), 8);
  });

  it('filters a copy: received, but not counted as a call', async () => {
    const sample = await samplesFrom(process([makeEvent(), makeEvent()]));
    assert.equal(sample('stream_processor_events_received_total{event_type="llm_call"}'), 2);
    assert.equal(sample('stream_processor_events_processed_total{result="filtered"}'), 1);
    assert.equal(
      sample('stream_processor_events_dropped_total{event_type="llm_call",reason="duplicate"}'),
      1,
    );
    assert.equal(sample('dedup_duplicates_found_total'), 1);
    assert.equal(sample('llm_requests_total{model="m"}'), 1);
  });

  it('keeps a late event out of the windows, but counts its tokens', async () => {
    const partition = partitionOf('call-1');
    const other = Array.from({ length: 200 }, (_, index) => `x${index}`).find(
      id => partitionOf(id) === partition,
    );
    const run = process([makeEvent({ timeMs: START_MS + 60_000 }), makeEvent({ id: other as string })]);
    const sample = await samplesFrom(run);
    assert.equal(sample('stream_processor_late_events_total'), 1);
    assert.equal(sample('stream_processor_events_dropped_total{event_type="llm_call",reason="late"}'), 1);
    assert.equal(sample('stream_processor_events_processed_total{result="dropped"}'), 1);
    assert.equal(sample('normalization_out_of_order_events_total'), 1);
    assert.equal(sample('llm_requests_total{model="m"}'), 2);
    assert.equal(sample('window_size_events_sum{window_type="tumbling"}'), 1);
  });

  it('conserves events: every one ends once, and every window that was opened is closed', async () => {
    await fc.assert(
      fc.asyncProperty(eventStreams(), async events => {
        const { tally, ...run } = process(events);
        const sample = await samplesFrom({ tally, ...run });
        const result = (name: string): number =>
          sample(`stream_processor_events_processed_total{result="${name}"}`);
        assert.equal(tally.received, events.length);
        assert.equal(result('success') + result('filtered') + result('dropped'), events.length);
        assert.equal(result('filtered'), tally.duplicates);
        assert.equal(result('dropped'), tally.late);
        assert.equal(sample('window_size_events_sum{window_type="tumbling"}'), result('success'));
        assert.equal(sample('window_size_events_sum{window_type="sliding"}'), result('success') * 6);
        assert.equal(sample('window_size_events_sum{window_type="session"}'), result('success'));
        for (const type of ['tumbling', 'sliding', 'session']) {
          const labels = `{window_type="${type}"}`;
          assert.equal(
            sample(`windows_created_total${labels}`),
            sample(`windows_triggered_total${labels}`) + sample(`windows_merged_total${labels}`),
          );
          assert.equal(sample(`windows_active${labels}`), 0);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('has every token of on-time events in exactly one tumbling window of its model', () => {
    fc.assert(
      fc.property(eventStreams(), events => {
        const { windows, tally } = process(events);
        assert.equal(windows.length, tally.windows);
        const tumbling = windows.filter(({ windowType }) => windowType === 'tumbling');
        const sum = tumbling.reduce((total, { contextTokens }) => total + contextTokens.sum, 0);
        // Late events are in the tally and in no window.
        if (tally.late === 0) assert.equal(sum, tally.contextTokens);
        else assert.ok(sum <= tally.contextTokens);
        const keys = tumbling.map(({ partition, model, startMs }) => `${partition}/${model}/${startMs}`);
        assert.equal(new Set(keys).size, keys.length);
      }),
      { numRuns: 40 },
    );
  });

  it('counts the same for 1, 2 and 5 workers, whatever the events', async () => {
    await fc.assert(
      fc.asyncProperty(eventStreams(), async events => {
        const [one, two, five] = await Promise.all(
          [1, 2, 5].map(async count => eventDrivenSamples(await process(events, count).registry.metrics())),
        );
        assert.deepEqual(two, one);
        assert.deepEqual(five, one);
      }),
      { numRuns: 15 },
    );
  });
});
