/**
 * Push requests: the values of a registry as the bodies of requests, none of which has more data points than it may.
 *
 *     row -> source -> points -> body  ... full? a new body, which begins with the same metric
 */
import type { ExportedView, Exporter } from '../registry/registry-export.js';
import type { FamilyExtent, OpenRendering, RenderedBody } from '../registry/renderers.js';
import type { FamilySnapshot } from '../registry/snapshot.js';
import { DataPoint } from './point.js';
import type { ExportedMetric } from './point.js';
import type { DeliveredValues } from './delivered-values.js';
import { ToldValues } from './delivered-values.js';
import { deltaSourceOf } from './delta-sources.js';
import { isTarget } from './instrument-metrics.js';
import type { MetricIdentity } from './metric-identity.js';
import { metricOf } from './metric-identity.js';
import type { MetricsEncoder, OpenBody } from './metrics-encoder.js';
import type { PointSink, PointSource } from './point-sources.js';
import { cumulativeSourceOf } from './point-sources.js';
import type { TemporalityPreference } from './temporality.js';
import { temporalityOf } from './temporality.js';

/** A body is not made longer than this and one series: receivers refuse what is too long, many of them from 4 MiB on. */
const BODY_BYTES_MAX = 3_145_728;

export interface PushRequest extends RenderedBody {
  readonly points: number;
  /** The receiver has taken it. Call it once, if at all, before the next push is read. */
  delivered(): void;
}

export interface PushRequestsOptions {
  readonly encoder: MetricsEncoder;
  readonly temporality: TemporalityPreference;
  /** Most data points of a request, of a series that has several points not counted. */
  readonly pointsMax: number;
  /** What this receiver has been told. Series of other registries are always told as they are. */
  readonly delivered: DeliveredValues;
  /** ms since 1970 */
  readonly wallMs: () => number;
}

export class PushRequests implements Exporter<PushRequest[]> {
  private readonly metrics = new WeakMap<MetricIdentity, ExportedMetric>();
  private readonly asTheyAre = new WeakMap<MetricIdentity, ExportedMetric>();
  private lastMs = 0;

  constructor(readonly options: PushRequestsOptions) {}

  get isBackward(): boolean {
    return this.options.encoder.isBackward;
  }

  begin(families: readonly FamilyExtent[], view: ExportedView): OpenRendering<PushRequest[]> {
    const { encoder, wallMs } = this.options;
    const nowMs = Math.round(wallMs());
    // Not held where it was until the clock has caught up: every point would have one time for as long, and be refused.
    if (nowMs < this.lastMs) encoder.forget();
    this.lastMs = nowMs;
    encoder.begin(view, families);
    return new OpenRequests(this, view.store);
  }

  /** ms since 1970. A clock that is set back within a push would have a point end before it starts. */
  now(): number {
    return (this.lastMs = Math.max(this.lastMs, Math.round(this.options.wallMs())));
  }

  /** @param isGuest of a metric that lives elsewhere: its slots are no others' here */
  exportedOf(identity: MetricIdentity, isGuest: boolean): ExportedMetric {
    const known = isGuest ? this.asTheyAre : this.metrics;
    let metric = known.get(identity);
    if (metric === undefined) {
      const preference = isGuest ? 'cumulative' : this.options.temporality;
      metric = { ...identity, temporality: temporalityOf(preference, identity) };
      known.set(identity, metric);
    }
    return metric;
  }

  sourceOf(metric: ExportedMetric, family: FamilySnapshot): PointSource {
    return metric.temporality === 'delta'
      ? deltaSourceOf(metric, this.options.delivered)
      : cumulativeSourceOf(family);
  }
}

class OpenRequests implements OpenRendering<PushRequest[]>, PointSink {
  readonly point = new DataPoint();
  private readonly requests: PushRequest[] = [];
  private body: OpenBody | undefined;
  private told = new ToldValues();
  private points = 0;
  private family: FamilySnapshot['descriptor'] | undefined;
  private metric: ExportedMetric | undefined;
  private source: PointSource | undefined;

  constructor(
    private readonly owner: PushRequests,
    private readonly store: object | undefined,
  ) {}

  add(part: FamilySnapshot): void {
    if (isTarget(part.descriptor)) return;
    // Each part with its own time: a series may have been created since the first one was read.
    this.point.timeMs = this.owner.now();
    const { length } = part.rows;
    if (this.owner.isBackward) for (let row = length - 1; row >= 0; row--) this.addRow(part, row);
    else for (let row = 0; row < length; row++) this.addRow(part, row);
  }

  addPoint(): void {
    if (this.body === undefined) {
      this.body = this.owner.options.encoder.newBody();
      this.body.beginMetric(this.metric!);
    }
    this.body.add(this.point);
    this.points++;
  }

  tell(slot: number, sequence: number, values: Float64Array, from: number, width: number): void {
    this.told.add({ slot, sequence, width }, values, from, this.point.timeMs);
  }

  finish(): PushRequest[] {
    this.endRequest();
    return this.requests;
  }

  abandon(): void {
    this.body?.abandon();
    for (const { release } of this.requests) release();
  }

  private addRow(part: FamilySnapshot, row: number): void {
    const metric = this.owner.exportedOf(metricOf(part, row), part.store !== this.store);
    if (metric !== this.metric || part.descriptor !== this.family) this.beginMetric(metric, part);
    this.source!.read(part, row, this);
    const { pointsMax } = this.owner.options;
    if (this.points >= pointsMax || (this.body?.length ?? 0) >= BODY_BYTES_MAX) this.endRequest();
  }

  private beginMetric(metric: ExportedMetric, part: FamilySnapshot): void {
    this.body?.endMetric();
    this.body?.beginMetric(metric);
    this.metric = metric;
    this.family = part.descriptor;
    this.source = this.owner.sourceOf(metric, part);
  }

  private endRequest(): void {
    const { body, told, points } = this;
    if (body === undefined) return;
    const { delivered } = this.owner.options;
    body.endMetric();
    if (points === 0) body.abandon();
    else {
      const deliver = (): void => told.deliverTo(delivered);
      this.requests.push({ ...body.finish(), points, delivered: deliver });
    }
    this.body = undefined;
    this.told = new ToldValues();
    this.points = 0;
  }
}
