/**
 * Escaped names: a renderer whose families and labels show under the names of an escaping scheme, each name once.
 *
 * A definition whose names clash with another's is refused, except when two threads define both at the same moment. Of
 * such families the first is shown, the same one in every scrape, or the whole exposition would be invalid.
 */
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { escapeLabelName, escapeMetricName } from '../primitives/name-escaping.js';
import type { Escaping } from '../primitives/name-escaping.js';
import { warn } from '../registry/cardinality.js';
import { renderWhole } from '../registry/renderers.js';
import type { FamilyExtent, OpenRendering, RenderedBody, Renderer } from '../registry/renderers.js';
import { ShownFamily } from '../registry/shown-family.js';
import { shownNames } from '../registry/shown-names.js';
import type { FamilySnapshot, Snapshot } from '../registry/snapshot.js';

/** Definitions of which it was said that they are left out. */
const warned = new WeakSet<FamilyDescriptor>();

export class EscapedNames implements Renderer {
  /** One object for each definition: renderers keep what they encode of a definition by its identity. */
  private readonly shown = new WeakMap<FamilyDescriptor, FamilyDescriptor>();
  /** The definitions of the last rendering, and those of them that are left out. */
  private judged: readonly FamilyDescriptor[] = [];
  private leftOut: ReadonlySet<FamilyDescriptor> = new Set();

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
    if (!this.isJudged(families)) this.judge(families);
    const { leftOut } = this;
    const shown =
      leftOut.size === 0 ? families : families.filter(({ descriptor }) => !leftOut.has(descriptor));
    const out = this.renderer.begin(
      this.isEscaped(shown) ? shown.map(family => this.extentOf(family)) : shown,
    );
    return new OpenEscaped(this, out, leftOut);
  }

  /** A part as it is shown. */
  escape(family: FamilySnapshot): FamilySnapshot {
    const descriptor = this.descriptorFor(family.descriptor);
    return descriptor === family.descriptor ? family : new ShownFamily(family, descriptor);
  }

  /** True when one of the families shows under another name. */
  private isEscaped(families: readonly FamilyExtent[]): boolean {
    for (const { descriptor } of families) if (this.descriptorFor(descriptor) !== descriptor) return true;
    return false;
  }

  /** What will be begun as it is shown: parts are found among the extents by their definitions. */
  private extentOf({ descriptor, series, keyBytes }: FamilyExtent): FamilyExtent {
    return { descriptor: this.descriptorFor(descriptor), series, keyBytes };
  }

  /** Looks for names that clash. */
  private judge(families: readonly FamilyExtent[]): void {
    this.judged = families.map(({ descriptor }) => descriptor);
    const owners = new Map<string, FamilyDescriptor>();
    this.leftOut = new Set(this.judged.filter(descriptor => this.isTaken(descriptor, owners)));
  }

  /** True when the families are those of the last rendering. */
  private isJudged(families: readonly FamilyExtent[]): boolean {
    const { judged } = this;
    if (families.length !== judged.length) return false;
    for (let i = 0; i < judged.length; i++) if (families[i]!.descriptor !== judged[i]) return false;
    return true;
  }

  /** True when a family before this one shows one of its names; otherwise they are its own from now on. */
  private isTaken(descriptor: FamilyDescriptor, owners: Map<string, FamilyDescriptor>): boolean {
    const names = shownNames(descriptor, this.escaping);
    const taken = names.find(name => owners.has(name));
    if (taken === undefined) {
      for (const name of names) owners.set(name, descriptor);
      return false;
    }
    if (!warned.has(descriptor)) {
      warned.add(descriptor);
      warn(
        `${descriptor.name} is not shown: with the escaping ${this.escaping}, ${taken} is shown by ` +
          `${owners.get(taken)!.name} too; rename one of them`,
        'THREADTALLY_NAME_CLASH',
      );
    }
    return true;
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

class OpenEscaped implements OpenRendering {
  constructor(
    private readonly names: EscapedNames,
    private readonly out: OpenRendering,
    /** As this rendering began: another one may begin meanwhile, of other families. */
    private readonly leftOut: ReadonlySet<FamilyDescriptor>,
  ) {}

  add(part: FamilySnapshot): void {
    if (!this.leftOut.has(part.descriptor)) this.out.add(this.names.escape(part));
  }

  finish(): RenderedBody {
    return this.out.finish();
  }

  abandon(): void {
    this.out.abandon();
  }
}
