/**
 * OTLP protobuf: data points to the messages of opentelemetry.proto.metrics.v1, see otlp-fields.ts.
 *
 * Everything is written from its end to its start, see proto-buffer.ts: the last family first, and of each family the last
 * series first. What a point has besides its values is encoded once and copied from then on.
 */
import type { ProtoFragment } from '../exposition/proto-buffer.js';
import { ProtoBuffer, fragmentOf } from '../exposition/proto-buffer.js';
import type { FamilyExtent, RenderedBody } from '../registry/renderers.js';
import type { ExportedView } from '../registry/registry-export.js';
import type { DataPoint, ExportedMetric } from './point.js';
import type { AttributeList, MetricScope } from './metric-identity.js';
import type { MetricsEncoder, OpenBody } from './metrics-encoder.js';
import { AGGREGATION_TEMPORALITY, IS_MONOTONIC, METRIC, METRICS_DATA } from './otlp-fields.js';
import { RESOURCE_METRICS, SCOPE_METRICS, TEMPORALITY_VALUES } from './otlp-fields.js';
import { resourceFragment, scopeFragment } from './otlp-messages.js';
import type { PointWriter } from './otlp-points.js';
import { pointWriterFor } from './otlp-points.js';
import { OtlpSeries } from './otlp-series.js';

const FIRST_BODY_BYTES = 65_536;
/** Of a point beside its attributes; of an attribute beside its key and its value. */
const POINT_BYTES = 40;
const ATTRIBUTE_BYTES = 10;
/** Bodies of a push that are kept for the next one. */
const FREE_BUFFERS_MAX = 4;

const DATA_TAGS = {
  sum: METRIC.sum,
  upDownSum: METRIC.sum,
  gauge: METRIC.gauge,
  histogram: METRIC.histogram,
  exponentialHistogram: METRIC.exponentialHistogram,
  summary: METRIC.summary,
} as const;

/** What the points of a metric stand between. */
interface MetricEdges {
  /** Name, description and unit. */
  readonly open: ProtoFragment;
  /** Temporality, and whether it is monotonic. */
  readonly close: ProtoFragment;
  readonly scope: ProtoFragment;
}

export class OtlpProtobufEncoder implements MetricsEncoder {
  readonly contentType = 'application/x-protobuf';
  readonly isBackward = true;
  readonly resource: ProtoFragment;
  private own = new OtlpSeries();
  /** Series of other stores: their slots mean something else. Kept for one push. */
  private readonly guests = new Map<object, OtlpSeries>();
  private labels: object | undefined;
  private store: object | undefined;
  private readonly edges = new WeakMap<ExportedMetric, MetricEdges>();
  private readonly scopes = new Map<MetricScope, ProtoFragment>();
  private readonly free: ProtoBuffer[] = [];

  constructor(resource: AttributeList) {
    this.resource = resourceFragment(resource);
  }

  begin({ labels, store }: ExportedView, families: readonly FamilyExtent[]): void {
    // What is encoded has the labels of then.
    if (labels !== this.labels) this.own.clear();
    this.labels = labels;
    this.store = store;
    if (store !== undefined) this.own.useStore(store);
    this.own.begin(families, seriesBytes);
    this.guests.clear();
  }

  forget(): void {
    this.own.clear();
  }

  newBody(): OpenBody {
    const buffer = this.free.pop() ?? new ProtoBuffer(FIRST_BODY_BYTES);
    buffer.clear();
    return new ProtobufBody(this, buffer);
  }

  seriesOf(store: object): OtlpSeries {
    if (store === this.store) return this.own;
    let series = this.guests.get(store);
    if (series === undefined) {
      series = new OtlpSeries();
      this.guests.set(store, series);
    }
    return series;
  }

  edgesOf(metric: ExportedMetric): MetricEdges {
    let edges = this.edges.get(metric);
    if (edges === undefined) {
      let scope = this.scopes.get(metric.scope);
      if (scope === undefined) this.scopes.set(metric.scope, (scope = scopeFragment(metric.scope)));
      edges = { open: openOf(metric), close: closeOf(metric), scope };
      this.edges.set(metric, edges);
    }
    return edges;
  }

  giveBack(buffer: ProtoBuffer): void {
    if (this.free.length < FREE_BUFFERS_MAX) this.free.push(buffer);
  }
}

class ProtobufBody implements OpenBody {
  private metric: ExportedMetric | undefined;
  private edges: MetricEdges | undefined;
  private writer: PointWriter | undefined;
  /** Where the metric ends, and where its points do. */
  private metricEnd = 0;
  private pointsEnd = 0;
  /** Metrics that follow each other, of one scope. */
  private scope: MetricScope | undefined;
  private scopeEdges: MetricEdges | undefined;
  private scopeEnd = 0;

  constructor(
    private readonly encoder: OtlpProtobufEncoder,
    private readonly out: ProtoBuffer,
  ) {}

  get length(): number {
    return this.out.length;
  }

  beginMetric(metric: ExportedMetric): void {
    const { out, encoder } = this;
    const edges = encoder.edgesOf(metric);
    if (metric.scope !== this.scope) this.endScope();
    this.scope = metric.scope;
    this.scopeEdges = edges;
    this.metric = metric;
    this.edges = edges;
    this.writer = undefined;
    this.metricEnd = out.length;
    out.fragment(edges.close);
    this.pointsEnd = out.length;
  }

  add(point: DataPoint): void {
    this.writer ??= pointWriterFor(this.metric!, point);
    this.writer.write(this.out, point, this.encoder.seriesOf(point.family.store));
  }

  endMetric(): void {
    const { out, metric, edges, metricEnd } = this;
    if (metric === undefined) return;
    this.metric = undefined;
    if (out.length === this.pointsEnd) {
      out.goBackTo(metricEnd);
      return;
    }
    out.message(DATA_TAGS[metric.kind], metricEnd);
    out.fragment(edges!.open);
    out.message(SCOPE_METRICS.metrics, metricEnd);
  }

  finish(): RenderedBody {
    const { out, encoder } = this;
    this.endScope();
    out.fragment(encoder.resource);
    out.message(METRICS_DATA.resourceMetrics, 0);
    let isReleased = false;
    const release = (): void => {
      if (!isReleased) encoder.giveBack(out);
      isReleased = true;
    };
    return { body: out.finish(), release };
  }

  abandon(): void {
    this.encoder.giveBack(this.out);
  }

  private endScope(): void {
    const { out, scopeEdges, scopeEnd } = this;
    if (scopeEdges !== undefined && out.length > scopeEnd) {
      out.fragment(scopeEdges.scope);
      out.message(RESOURCE_METRICS.scopeMetrics, scopeEnd);
    }
    this.scopeEnd = out.length;
  }
}

function openOf({ name, description, unit }: ExportedMetric): ProtoFragment {
  return fragmentOf(out => {
    if (unit !== '') out.textField(METRIC.unit, unit);
    if (description !== '') out.textField(METRIC.description, description);
    out.textField(METRIC.name, name);
  });
}

function closeOf({ kind, temporality }: ExportedMetric): ProtoFragment {
  return fragmentOf(out => {
    if (kind === 'sum') out.uintField(IS_MONOTONIC, 1);
    if (kind === 'gauge' || kind === 'summary') return;
    out.uintField(AGGREGATION_TEMPORALITY, TEMPORALITY_VALUES[temporality]);
  });
}

/** About what is encoded of a series. */
function seriesBytes({ descriptor, keyBytes }: FamilyExtent): number {
  return descriptor.labelNames.reduce(
    (bytes, label) => bytes + label.length + ATTRIBUTE_BYTES,
    POINT_BYTES + keyBytes,
  );
}
