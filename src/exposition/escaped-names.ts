/** Escaped names: a renderer whose families and labels show under the names of an escaping scheme. */
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { RenderedBody, Renderer } from '../registry/renderers.js';
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

  render(snapshot: Snapshot): RenderedBody {
    return this.renderer.render({
      ...snapshot,
      families: snapshot.families.map(family => this.escape(family)),
    });
  }

  private escape(family: FamilySnapshot): FamilySnapshot {
    const descriptor = this.descriptorFor(family.descriptor);
    return descriptor === family.descriptor ? family : { ...family, descriptor };
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
