/** View: how one registry object shows what is in its arena, and the metrics of others - as which type, with which labels. */
import type { MetricObjectWithValues } from '../primitives/readings.js';
import { PROMETHEUS_CONTENT_TYPE, checkContentType } from './content-types.js';
import type { RegistryContentType } from './content-types.js';
import { DefaultLabels } from './default-labels.js';
import { joinedBodies } from './joined-bodies.js';
import { LabelledRenderer, labelledPieces } from './labelled-renderer.js';
import { isNamed } from './name-filter.js';
import type { RenderSettings } from './registry-options.js';
import type { PieceRenderer, RenderedBody, RenderedFormat, Renderer } from './renderers.js';
import { Renderers, formatFor } from './renderers.js';
import type { FamilySnapshot, Snapshot } from './snapshot.js';

export class RegistryView {
  /** Called when the content type is set. */
  contentTypeSet: ((contentType: RegistryContentType) => void) | undefined;
  private renderers = new Renderers();
  private defaultLabels: DefaultLabels | undefined;
  /** What was shown last: a scraper asks for the same each time. */
  private latest: ShownFormat | undefined;
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

  /** How this registry shows what it renders in a format. */
  show(options: ShownOptions): ShownFormat {
    const { format, names, settings } = options;
    const renderer = this.renderers.for(format, names !== undefined, settings);
    const { latest } = this;
    if (latest?.renderer === renderer && latest.names === names) return latest;
    return (this.latest = this.newlyShown(options, renderer));
  }

  private newlyShown(options: ShownOptions, renderer: Renderer): ShownFormat {
    const { defaultLabels } = this;
    return defaultLabels === undefined
      ? new ShownFormat(options, renderer, asTheyAre)
      : new ShownFormat(options, new LabelledRenderer(renderer, defaultLabels), families =>
          families.map(family => defaultLabels.onFamily(family)),
        );
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

  /** What has changed when this is another object: the labels that somebody has encoded. */
  get labels(): object | undefined {
    return this.defaultLabels;
  }

  /** A renderer that is none of the formats, of families as they are shown. */
  showPieces<B>(renderer: PieceRenderer<B>): PieceRenderer<B> {
    const { defaultLabels } = this;
    return defaultLabels === undefined ? renderer : labelledPieces(renderer, defaultLabels);
  }

  labelled(snapshot: Snapshot): Snapshot {
    return this.defaultLabels?.on(snapshot) ?? snapshot;
  }
}

const asTheyAre = (families: readonly FamilySnapshot[]): readonly FamilySnapshot[] => families;

export interface ShownOptions {
  readonly format: RenderedFormat;
  /** The families that are asked for; all if absent. */
  readonly names?: readonly string[] | undefined;
  readonly settings: RenderSettings;
}

/** One format of a view: what renders the families of the arena, and what adds others to them. */
export class ShownFormat {
  constructor(
    private readonly options: ShownOptions,
    /** Keeps what it encodes. */
    readonly renderer: Renderer,
    private readonly labelled: (families: readonly FamilySnapshot[]) => readonly FamilySnapshot[],
  ) {}

  get names(): readonly string[] | undefined {
    return this.options.names;
  }

  /** An exposition without families. */
  nothing(): RenderedBody {
    return this.renderer.render({ families: [] });
  }

  /** @param guests families that do not live in the arena, of names that are not there */
  withGuests(own: RenderedBody, guests: readonly FamilySnapshot[]): RenderedBody {
    const { format, names, settings } = this.options;
    const wanted = names && new Set(names);
    const shown = guests.filter(({ descriptor }) => wanted === undefined || isNamed(descriptor, wanted));
    if (shown.length === 0) return own;
    // Encoded anew for each scrape: their series have no slots in this arena.
    const parts = this.labelled(shown).map(family =>
      format.newRenderer(settings).render({ families: [family] }),
    );
    return joinedBodies([own, ...parts], format.contentType);
  }
}

/** Gives the bytes back. */
export function textOf({ body, release }: RenderedBody): string {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  release();
  return text;
}

/**
 * Gives the bytes back. For who keeps what they say for good, and may write to it: the next rendering goes on from the lines
 * of this one.
 */
export function copyOf({ body, release }: RenderedBody): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(body.length);
  copy.set(body);
  release();
  return copy;
}
