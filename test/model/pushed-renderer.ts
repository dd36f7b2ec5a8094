/** Pushed renderer: pushes as renderings, all requests as one body, for models that compare renderings. */
import { renderWhole } from '../../src/registry/renderers.js';
import type { FamilyExtent, OpenRendering, RenderedBody, Renderer } from '../../src/registry/renderers.js';
import type { FamilySnapshot, Snapshot } from '../../src/registry/snapshot.js';
import { DeliveredValues } from '../../src/otel/delivered-values.js';
import { OtlpProtobufEncoder } from '../../src/otel/otlp-protobuf.js';
import type { PushRequest } from '../../src/otel/push-requests.js';
import { PushRequests } from '../../src/otel/push-requests.js';
import type { TemporalityPreference } from '../../src/otel/temporality.js';

export class PushedRenderer implements Renderer {
  readonly isBackward = true;
  private readonly requests: PushRequests;

  constructor(temporality: TemporalityPreference) {
    this.requests = new PushRequests({
      encoder: new OtlpProtobufEncoder([]),
      temporality,
      // Two points for a request: a rendering has several bodies.
      pointsMax: 2,
      delivered: new DeliveredValues(),
      wallMs: () => Date.now(),
    });
  }

  render(snapshot: Snapshot): RenderedBody {
    return renderWhole(this, snapshot);
  }

  begin(families: readonly FamilyExtent[]): OpenRendering {
    let out: OpenRendering<PushRequest[]> | undefined;
    return {
      add: part => (out ??= this.open(families, part)).add(part),
      finish: () => joined(out?.finish() ?? []),
      abandon: () => out?.abandon(),
    };
  }

  /** Whose slots they are is known with the first rows. */
  private open(families: readonly FamilyExtent[], { store }: FamilySnapshot): OpenRendering<PushRequest[]> {
    return this.requests.begin(families, { store, labels: undefined });
  }
}

/** Messages one after the other are one message with the lists of all. Nobody has taken them. */
function joined(requests: readonly PushRequest[]): RenderedBody {
  const body = Buffer.concat(requests.map(request => request.body));
  for (const { release } of requests) release();
  return { body, release: () => undefined };
}
