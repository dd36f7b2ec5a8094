/**
 * Renderers: from a snapshot to the bytes of a format. The exposition layer, which stands above this one, provides them.
 *
 * A renderer keeps what it encoded for its next rendering, so a registry has one for each format that it is asked for,
 * and one more for scrapes of single families: they would otherwise drop what the others have encoded.
 */
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { FamilySnapshot, Snapshot } from './family-reading.js';
import type { RenderSettings } from './registry-options.js';

/** Takes values piece by piece. */
export interface PieceRenderer<B = RenderedBody> {
  /** True when the last family comes first, and in each family the last series. */
  readonly isBackward: boolean;
  /** Begins a rendering that is given piece by piece. Others may begin and end meanwhile. */
  begin(families: readonly FamilyExtent[]): OpenRendering<B>;
}

/** Turns values into bytes. */
export interface Renderer extends PieceRenderer {
  render(snapshot: Snapshot): RenderedBody;
}

/** About how much a family will take. */
export interface FamilyExtent {
  readonly descriptor: FamilyDescriptor;
  readonly series: { readonly length: number };
  /** Bytes of the label values of a series, as keys hold them: a mean. */
  readonly keyBytes: number;
}

export interface OpenRendering<B = RenderedBody> {
  /** Adds rows. Those of one family follow each other; a family without any is given one part without rows. */
  add(part: FamilySnapshot): void;
  /** Ends it. Nothing else may be called then. */
  finish(): B;
  /** Ends it without a body, and gives its memory back. */
  abandon(): void;
}

/** Renders a snapshot as one part for each family. */
export function renderWhole(renderer: Renderer, { families }: Snapshot): RenderedBody {
  const out = renderer.begin(families.map(extentOf));
  for (const family of renderer.isBackward ? families.toReversed() : families) out.add(family);
  return out.finish();
}

/** A guess: how long its label values are would have to be looked up. */
const KEY_BYTES_GUESS = 40;

function extentOf({ descriptor, rows }: FamilySnapshot): FamilyExtent {
  return { descriptor, series: rows, keyBytes: KEY_BYTES_GUESS };
}

export interface RenderedBody {
  /**
   * Not written to before `release` is called. Its reader does not write to it either, as the next rendering takes lines
   * from it; to hand its memory over to another thread is allowed.
   */
  readonly body: Uint8Array;
  /** Gives the memory of `body` back for a later rendering. Never calling it is allowed; calling it twice is once. */
  readonly release: () => void;
}

export interface RenderedFormat {
  /** Names the format in every detail: two formats of one content type have the same bytes. */
  readonly contentType: string;
  /** Call it before newRenderer; undefined when it has nothing to wait for any more. */
  readonly load: () => Promise<void> | undefined;
  readonly newRenderer: (settings: RenderSettings) => Renderer;
}

/** The format for a client with this Accept header; undefined when there is none. */
export type FormatChoice = (accept: string | undefined) => RenderedFormat;

/** Renderers that one registry keeps, each with the memory of its last renderings; a client may ask for any of dozens. */
const RENDERERS_MAX = 4;

let chooseFormat: FormatChoice | undefined;

/** Called once by the module that owns the formats. */
export function provideFormats(choice: FormatChoice): void {
  chooseFormat = choice;
}

export function formatFor(accept: string | undefined): RenderedFormat {
  if (chooseFormat === undefined)
    throw new Error("no renderer: import the registry from the package's main entry");
  return chooseFormat(accept);
}

export class Renderers {
  /** By content type and purpose, the least recently used first. */
  private readonly kept = new Map<string, Renderer>();
  /** The one that was used last. */
  private latest:
    { readonly contentType: string; readonly isPart: boolean; readonly renderer: Renderer } | undefined;

  /**
   * @param isPart true when the snapshot lacks families of the registry
   * @param settings those of the registry, which are always the same
   */
  for({ contentType, newRenderer }: RenderedFormat, isPart: boolean, settings: RenderSettings): Renderer {
    const { latest } = this;
    if (latest?.contentType === contentType && latest.isPart === isPart) return latest.renderer;
    const key = isPart ? `${contentType} in part` : contentType;
    const renderer = this.kept.get(key) ?? newRenderer(settings);
    this.kept.delete(key);
    this.kept.set(key, renderer);
    if (this.kept.size > RENDERERS_MAX) this.kept.delete(this.kept.keys().next().value!);
    this.latest = { contentType, isPart, renderer };
    return renderer;
  }
}
