/** Escaped names: a renderer whose families and labels show under the names of an escaping scheme. */
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { SeriesEntry } from '../registry/catalogue.js';
import type { SnapshotExemplars } from '../registry/exemplars.js';
import { renderWhole } from '../registry/renderers.js';
import type { FamilyExtent, OpenRendering, RenderedBody, Renderer } from '../registry/renderers.js';
import type { SeriesList } from '../registry/series-list.js';
import type { FamilySnapshot, Snapshot } from '../registry/snapshot.js';
import { escapeLabelName, escapeMetricName } from './name-escaping.js';
import type { Escaping } from './negotiation.js';

export class EscapedNames implements Renderer {
  /** One object for each definition: renderers keep what they encode of a definition by its identity. */
  private readonly shown = new WeakMap<FamilyDescriptor, FamilyDescriptor>();

  constructor(
    private readonly renderer: Renderer,
    private readonly escaping: Escaping,
  ) {}

  get isBackward(): boolean {
    return this.renderer.isBackward;
  }

  render(snapshot: Snapshot): RenderedBody {
    return renderWhole(this, snapshot);
  }

  begin(families: readonly FamilyExtent[]): OpenRendering {
    const out = this.renderer.begin(families);
    return {
      add: part => out.add(this.escape(part)),
      finish: () => out.finish(),
      abandon: () => out.abandon(),
    };
  }

  private escape(family: FamilySnapshot): FamilySnapshot {
    const descriptor = this.descriptorFor(family.descriptor);
    return descriptor === family.descriptor ? family : new ShownAs(family, descriptor);
  }

  private descriptorFor(descriptor: FamilyDescriptor): FamilyDescriptor {
    let shown = this.shown.get(descriptor);
    if (shown === undefined) {
      shown = this.escapeDescriptor(descriptor);
      this.shown.set(descriptor, shown);
    }
    return shown;
  }

  private escapeDescriptor(descriptor: FamilyDescriptor): FamilyDescriptor {
    const name = escapeMetricName(descriptor.name, this.escaping);
    const labelNames = descriptor.labelNames.map(label => escapeLabelName(label, this.escaping));
    const isSame =
      name === descriptor.name && labelNames.every((label, index) => label === descriptor.labelNames[index]);
    return isSame ? descriptor : { ...descriptor, name, labelNames };
  }
}

/** The same rows and values under another definition. Copies nothing: it is what the other one is. */
class ShownAs implements FamilySnapshot {
  readonly values: Float64Array;
  readonly stride: number;
  readonly threads: readonly string[] | undefined;
  readonly exemplars: SnapshotExemplars | undefined;
  readonly rows: SeriesList;
  readonly store: FamilySnapshot['store'];
  readonly entryAt: (row: number) => SeriesEntry;

  constructor(
    private readonly family: FamilySnapshot,
    readonly descriptor: FamilyDescriptor,
  ) {
    ({
      values: this.values,
      stride: this.stride,
      threads: this.threads,
      exemplars: this.exemplars,
      rows: this.rows,
      store: this.store,
      entryAt: this.entryAt,
    } = family);
  }

  get series(): readonly SeriesEntry[] {
    return this.family.series;
  }
}
