/**
 * Prometheus protobuf format: values to delimited io.prometheus.client.MetricFamily messages.
 *
 * Schema: io/prometheus/client/metrics.proto of prometheus/client_model; see metric-fields.ts.
 *
 * Everything is written from its end to its start, see proto-buffer.ts: the last family first, and of each family the last
 * series first. What stands around the values of a series is encoded once and copied from then on: a scrape of an unchanged
 * registry encodes only numbers, and of a counter or a gauge not even its length.
 */
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { INFO_SUFFIX } from '../primitives/family-descriptor.js';
import { renderWhole } from '../registry/renderers.js';
import type { FamilyExtent, OpenRendering, RenderedBody, Renderer } from '../registry/renderers.js';
import type { FamilySnapshot, Snapshot } from '../registry/snapshot.js';
import { ExpectedRows } from './expected-rows.js';
import { FreeBuffers } from './free-buffers.js';
import { LastMessages } from './last-messages.js';
import { METRIC_FAMILY, METRIC_TYPE } from './metric-fields.js';
import { ProtoBuffer, fragmentOf } from './proto-buffer.js';
import type { ProtoFragment } from './proto-buffer.js';
import { HistogramWriter } from './proto-histogram.js';
import { CounterWriter, StateSetWriter, SummaryWriter, ThreadGaugeWriter } from './proto-metrics.js';
import type { SeriesWriter } from './proto-metrics.js';
import { ProtoSeries } from './proto-series.js';

/** Of a metric beside its labels; of a label beside its name and its value. */
const METRIC_BYTES = 48;
const LABEL_BYTES = 8;
const BUCKET_BYTES = 16;
/** Native buckets that have counted anything take a byte or two each. */
const SKETCH_BUCKETS_GUESS = 16;

/** What the metrics of a family stand between, and who writes them. */
interface FamilyParts {
  /** Name, help and type. */
  readonly open: ProtoFragment;
  /** The unit, or nothing. */
  readonly close: ProtoFragment;
  /** Undefined when each series is one metric of which only the value changes. */
  readonly writer: SeriesWriter | undefined;
  /** Of those. */
  readonly last: LastMessages;
}

/** Renders in one thread; keeps what it encoded for the next rendering. */
export class PrometheusProtobufRenderer implements Renderer {
  readonly isBackward = true;
  private readonly parts = new WeakMap<FamilyDescriptor, FamilyParts>();
  private readonly encoded = new ProtoSeries();
  private readonly buffers = new FreeBuffers(capacity => new ProtoBuffer(capacity), false);

  /** The whole exposition. `body` is the caller's until it calls `release`, which it may also leave to the collector. */
  render(snapshot: Snapshot): RenderedBody {
    return renderWhole(this, snapshot);
  }

  begin(families: readonly FamilyExtent[]): OpenRendering {
    this.encoded.begin(families, seriesBytes);
    return new OpenMessages(this, this.buffers.take(families, familyBytes), families);
  }

  /**
   * Ends a message behind everything that stands in it; returns where its metrics end.
   *
   * @param rows about how many the family has in all
   */
  closeOf(family: FamilySnapshot, out: ProtoBuffer, rows: number): number {
    const { close, last, writer } = this.partsOf(family);
    out.fragment(close);
    last.begin(out);
    if (writer === undefined) last.expect(rows);
    return out.length;
  }

  /** Begins the message of a family before all of its metrics. */
  openOf(parts: ProtoFragment, out: ProtoBuffer, end: number): void {
    out.fragment(parts);
    out.delimited(end);
  }

  openFragment(family: FamilySnapshot): ProtoFragment {
    return this.partsOf(family).open;
  }

  /** Adds rows to the metrics of a family. */
  write(part: FamilySnapshot, out: ProtoBuffer): void {
    const { writer, last } = this.partsOf(part);
    const { encoded } = this;
    encoded.useStore(part.store);
    if (writer === undefined) {
      this.writeLone(part, out, last);
      return;
    }
    for (let row = part.rows.length - 1; row >= 0; row--) {
      encoded.find(part, row, false);
      writer.write(out, part, row);
    }
  }

  private writeLone(part: FamilySnapshot, out: ProtoBuffer, last: LastMessages): void {
    const { encoded } = this;
    const isKept = last.isOf(out);
    for (let row = part.rows.length - 1; row >= 0; row--) {
      if (isKept) {
        const from = row;
        row = last.copySame(part, from, out);
        encoded.countShown(from - row);
        if (row < 0) return;
      }
      encoded.find(part, row, true);
      encoded.copyMetric(out, part.values, row);
      if (isKept) last.note(part, row, out, encoded.seriesSplit);
    }
  }

  finish(out: ProtoBuffer, families: readonly FamilyExtent[]): RenderedBody {
    return this.buffers.bodyOf(out, families);
  }

  abandon(out: ProtoBuffer): void {
    this.buffers.giveBack(out);
  }

  private partsOf(family: FamilySnapshot): FamilyParts {
    let parts = this.parts.get(family.descriptor);
    if (parts === undefined) {
      parts = {
        ...edgesOf(family.descriptor),
        writer: writerFor(family, this.encoded),
        last: new LastMessages(),
      };
      this.parts.set(family.descriptor, parts);
    }
    return parts;
  }
}

/** The family whose metrics are being written: its message is complete only when the next one comes. */
class OpenMessages extends ExpectedRows implements OpenRendering {
  private family: FamilyDescriptor | undefined;
  private open: ProtoFragment | undefined;
  /** Where the message ends, and where its metrics do. */
  private end = 0;
  private metricsEnd = 0;

  constructor(
    private readonly renderer: PrometheusProtobufRenderer,
    private readonly out: ProtoBuffer,
    families: readonly FamilyExtent[],
  ) {
    super(families);
  }

  add(part: FamilySnapshot): void {
    const { out, renderer } = this;
    if (part.descriptor !== this.family) {
      this.complete();
      this.family = part.descriptor;
      this.open = renderer.openFragment(part);
      this.end = out.length;
      this.metricsEnd = renderer.closeOf(part, out, this.rowsOf(part.descriptor, renderer.isBackward));
    }
    renderer.write(part, out);
  }

  finish(): RenderedBody {
    this.complete();
    return this.renderer.finish(this.out, this.families);
  }

  abandon(): void {
    this.renderer.abandon(this.out);
  }

  private complete(): void {
    const { out, open } = this;
    if (open === undefined) return;
    // Prometheus skips a family without metrics, and other readers refuse one.
    if (out.length === this.metricsEnd) out.goBackTo(this.end);
    else this.renderer.openOf(open, out, this.end);
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

/** More than most families take: memory that is not written to is none, and that which is too small is copied. */
function familyBytes(family: FamilyExtent): number {
  const { bounds, quantiles, states, sketch } = family.descriptor;
  const buckets = bounds.length + quantiles.length + (sketch === null ? 0 : SKETCH_BUCKETS_GUESS);
  const metrics = 1 + family.series.length * Math.max(1, states.length);
  return metrics * (seriesBytes(family) + buckets * BUCKET_BYTES);
}

/** What is encoded of a series: a metric without its values. */
function seriesBytes({ descriptor, keyBytes }: FamilyExtent): number {
  return descriptor.labelNames.reduce(
    (bytes, label) => bytes + label.length + LABEL_BYTES,
    METRIC_BYTES + keyBytes,
  );
}
