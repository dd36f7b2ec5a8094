/** View: how one registry object shows what is in its arena, and the metrics of others - as which type, with which labels. */
import type { MetricObjectWithValues } from '../primitives/readings.js';
import { PROMETHEUS_CONTENT_TYPE, checkContentType } from './content-types.js';
import type { RegistryContentType } from './content-types.js';
import { DefaultLabels } from './default-labels.js';
import { joinedBodies } from './joined-bodies.js';
import { withNamedFamilies } from './name-filter.js';
import type { RenderSettings } from './registry-options.js';
import type { RenderedBody, RenderedFormat } from './renderers.js';
import { Renderers, formatFor } from './renderers.js';
import type { FamilySnapshot, Snapshot } from './snapshot.js';

export interface ViewOptions {
  readonly format: RenderedFormat;
  /** The families that are asked for; all if absent. */
  readonly names: readonly string[] | undefined;
  readonly settings: RenderSettings;
}

export class RegistryView {
  /** Called when the content type is set. */
  contentTypeSet: ((contentType: RegistryContentType) => void) | undefined;
  private renderers = new Renderers();
  private defaultLabels: DefaultLabels | undefined;
  private type: RegistryContentType = PROMETHEUS_CONTENT_TYPE;

  get contentType(): RegistryContentType {
    return this.type;
  }

  /** @throws ErrorType when no registry can have it; the one that is set stays */
  setContentType(contentType: string, ErrorType: typeof TypeError | typeof Error): void {
    checkContentType(contentType, ErrorType);
    this.type = contentType;
    this.contentTypeSet?.(contentType);
  }

  /** @throws TypeError, ConfigurationError when they cannot be labels; those that are set stay */
  setDefaultLabels(labels: object): void {
    const labelled = DefaultLabels.of(labels);
    // What they have encoded has the old ones.
    if (labelled !== undefined || this.defaultLabels !== undefined) this.renderers = new Renderers();
    this.defaultLabels = labelled;
  }

  formatFor(accept: string | undefined): RenderedFormat {
    return formatFor(accept ?? this.type);
  }

  /** @param guests families that do not live in the arena of the snapshot; one of a name that is there is left out */
  render(
    snapshot: Snapshot,
    guests: readonly FamilySnapshot[],
    { format, names, settings }: ViewOptions,
  ): RenderedBody {
    const shown = (part: Snapshot): Snapshot =>
      this.labelled(names === undefined ? part : withNamedFamilies(part, names));
    const own = this.renderers.for(format, names !== undefined, settings).render(shown(snapshot));
    if (guests.length === 0) return own;
    const taken = new Set(snapshot.families.map(({ descriptor }) => descriptor.name));
    // Encoded anew for each scrape: their series have no slots in this arena.
    const parts = guests
      .filter(({ descriptor }) => !taken.has(descriptor.name))
      .map(family => format.newRenderer(settings).render(shown({ families: [family] })));
    return joinedBodies([own, ...parts], format.contentType);
  }

  /** One family in the format of the content type, without what ends an exposition. */
  async textOfFamily(family: FamilySnapshot | undefined, settings: RenderSettings): Promise<string> {
    const format = this.formatFor(undefined);
    await format.load();
    const families = family === undefined ? [] : [family];
    const text = textOf(format.newRenderer(settings).render(this.labelled({ families })));
    return text.replace(/\n(# EOF\n)?$/, '');
  }

  readings(own: readonly MetricObjectWithValues[]): MetricObjectWithValues[] {
    const { defaultLabels } = this;
    return own.map(reading => defaultLabels?.onReading(reading) ?? reading);
  }

  labelled(snapshot: Snapshot): Snapshot {
    return this.defaultLabels?.on(snapshot) ?? snapshot;
  }
}

/** Gives the bytes back. */
export function textOf({ body, release }: RenderedBody): string {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  release();
  return text;
}
