/**
 * Prometheus protobuf format: snapshot to delimited io.prometheus.client.MetricFamily messages.
 *
 * Schema: io/prometheus/client/metrics.proto of prometheus/client_model; see metric-fields.ts.
 *
 * Everything is written from its end to its start, see proto-buffer.ts: the last family first, and of each family the last
 * series first. What stands around the values of a series is encoded once and copied from then on: a scrape of an unchanged
 * registry encodes only numbers, and of a counter or a gauge not even its length.
 */
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { INFO_SUFFIX } from '../primitives/family-descriptor.js';
import type { RenderedBody, Renderer } from '../registry/renderers.js';
import type { FamilySnapshot, Snapshot } from '../registry/snapshot.js';
import { FreeBuffers } from './free-buffers.js';
import { METRIC_FAMILY, METRIC_TYPE } from './metric-fields.js';
import { ProtoBuffer, fragmentOf } from './proto-buffer.js';
import type { ProtoFragment } from './proto-buffer.js';
import { HistogramWriter } from './proto-histogram.js';
import { CounterWriter, StateSetWriter, SummaryWriter, ThreadGaugeWriter } from './proto-metrics.js';
import type { SeriesWriter } from './proto-metrics.js';
import { ProtoSeries } from './proto-series.js';

const METRIC_BYTES_ESTIMATE = 100;
const BUCKET_BYTES_ESTIMATE = 16;

/** What the metrics of a family stand between, and who writes them. */
interface FamilyParts {
  /** Name, help and type. */
  readonly open: ProtoFragment;
  /** The unit, or nothing. */
  readonly close: ProtoFragment;
  /** Undefined when each series is one metric of which only the value changes. */
  readonly writer: SeriesWriter | undefined;
}

/** Renders in one thread; keeps what it encoded for the next rendering. */
export class PrometheusProtobufRenderer implements Renderer {
  private readonly parts = new WeakMap<FamilyDescriptor, FamilyParts>();
  private readonly encoded = new ProtoSeries();
  private readonly buffers = new FreeBuffers(capacity => new ProtoBuffer(capacity));

  /** The whole exposition. `body` is the caller's until it calls `release`, which it may also leave to the collector. */
  render(snapshot: Snapshot): RenderedBody {
    const { families } = snapshot;
    const out = this.buffers.take(() => estimatedBytes(snapshot));
    this.encoded.begin(snapshot);
    for (let i = families.length - 1; i >= 0; i--) this.renderFamily(families[i]!, out);
    return this.buffers.bodyOf(out);
  }

  private renderFamily(family: FamilySnapshot, out: ProtoBuffer): void {
    // Prometheus skips a family without metrics, and other readers refuse one.
    if (family.series.length === 0) return;
    const { open, close, writer } = this.partsOf(family);
    const end = out.length;
    out.fragment(close);
    if (writer === undefined) this.renderLoneValues(family, out);
    else this.renderSeries(writer, family, out);
    out.fragment(open);
    out.delimited(end);
  }

  private renderLoneValues({ descriptor, series, values }: FamilySnapshot, out: ProtoBuffer): void {
    for (let i = series.length - 1; i >= 0; i--) {
      this.encoded.find(descriptor, series[i]!, true);
      this.encoded.copyMetric(out, values, i);
    }
  }

  private renderSeries(writer: SeriesWriter, family: FamilySnapshot, out: ProtoBuffer): void {
    for (let i = family.series.length - 1; i >= 0; i--) {
      this.encoded.find(family.descriptor, family.series[i]!, false);
      writer.write(out, family, i);
    }
  }

  private partsOf(family: FamilySnapshot): FamilyParts {
    let parts = this.parts.get(family.descriptor);
    if (parts === undefined) {
      parts = { ...edgesOf(family.descriptor), writer: writerFor(family, this.encoded) };
      this.parts.set(family.descriptor, parts);
    }
    return parts;
  }
}

function writerFor({ descriptor, threads }: FamilySnapshot, encoded: ProtoSeries): SeriesWriter | undefined {
  const { enableExemplars, name, quantiles, states, type } = descriptor;
  if (type === 'histogram') return new HistogramWriter(encoded, descriptor);
  if (type === 'summary') return new SummaryWriter(encoded, quantiles);
  if (type === 'stateset') return new StateSetWriter(encoded, name, states);
  if (type === 'counter') return enableExemplars ? new CounterWriter(encoded) : undefined;
  return threads === undefined ? undefined : new ThreadGaugeWriter(encoded);
}

function edgesOf(descriptor: FamilyDescriptor): Pick<FamilyParts, 'open' | 'close'> {
  const { help, name, type, unit } = descriptor;
  // The format has no type for infos and state sets: they are gauges, as OpenMetrics wants them translated.
  const shownType = type === 'info' || type === 'stateset' ? 'gauge' : type;
  const open = fragmentOf(out => {
    out.uintField(METRIC_FAMILY.type, METRIC_TYPE[shownType]);
    out.textField(METRIC_FAMILY.help, help);
    out.textField(METRIC_FAMILY.name, type === 'info' ? name + INFO_SUFFIX : name);
  });
  const close = fragmentOf(out => {
    if (isUnitShown(descriptor)) out.textField(METRIC_FAMILY.unit, unit);
  });
  return { open, close };
}

/** Prometheus refuses the whole scrape for a unit that the name does not end in; only a counter may go on with `_total`. */
function isUnitShown({ name, type, unit }: FamilyDescriptor): boolean {
  if (unit === '') return false;
  return name.endsWith(`_${unit}`) || (type === 'counter' && name.endsWith(`_${unit}_total`));
}

/** Enough for the first rendering not to grow its buffer many times. */
function estimatedBytes({ families }: Snapshot): number {
  let bytes = 0;
  for (const { series, descriptor } of families) {
    const { bounds, quantiles, states } = descriptor;
    const buckets = bounds.length + quantiles.length;
    const metrics = 1 + series.length * Math.max(1, states.length);
    bytes += metrics * (METRIC_BYTES_ESTIMATE + buckets * BUCKET_BYTES_ESTIMATE);
  }
  return bytes;
}
