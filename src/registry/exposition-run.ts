/**
 * Exposition run: one rendering of a registry, in steps, see slices.ts.
 *
 *     walk the slots, if any changed | rows of a family: read, written | rows | ... | the body
 *
 * Between two steps anything may happen: series and families come and go, another rendering, a reset, the end of a thread.
 * Nothing is pinned meanwhile, so a rendering holds up the reuse of no memory, however long the loop turns.
 *
 * Promises  No cell is read that may be another series: as long as the removal epoch is that from before the walk, no listed
 *           slot was given to another; otherwise each series is looked at before it is read. So a series that was removed
 *           during the walk, and created again where the walk came to later, is shown once.
 *           A family is begun once, and its list is taken once: no family and no series comes twice. What was removed
 *           before its turn is left out; what came after the walk may be.
 *           An info is looked up anew when its turn comes, because its label set moves from series to series.
 * Progress  as many steps as there are rows and slots; a look at an info takes a walk more.
 */
import { performance } from 'node:perf_hooks';
import type { Attachment } from '../memory/attachment.js';
import { SLOT_LIVE } from '../memory/slots.js';
import { cellBytesOf } from '../primitives/cell-sizes.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { Catalogue, FamilyEntry } from './catalogue.js';
import { isNamed } from './name-filter.js';
import type { Pace, Paces } from './pace.js';
import { ROWS_MAX } from './pace.js';
import type { OpenRendering, PieceRenderer, RenderedBody } from './renderers.js';
import type { SlicedWork } from './slices.js';
import type { FamilyPart, SnapshotReader } from './snapshot.js';

/** Of the cells of one step in all stripes: few enough for them and their lines to take a fraction of a millisecond. */
const STEP_BYTES = 262_144;
/** What a row costs beside its cells, in bytes of these. */
const ROW_BYTES = 32;

export interface RunParts {
  readonly attachment: Attachment;
  readonly catalogue: Catalogue;
  readonly snapshots: SnapshotReader;
  readonly paces: Paces;
}

export interface RunOptions<B = RenderedBody> {
  readonly renderer: PieceRenderer<B>;
  /** Shows only the families of these names. */
  readonly names: readonly string[] | undefined;
  /** Throws when the rendering is not to go on. */
  readonly refuse?: () => void;
}

/** @typeParam B what the rendering comes to */
export class ExpositionRun<B = RenderedBody> implements SlicedWork<B> {
  readonly steps: Generator<void, B>;
  /** Turns of the event loop since the run began, and the one in which the catalogue was looked at. */
  private turn = 0;
  private lookedAt = -1;
  private refreshedAt = -1;
  /** Rows and cells of the step so far, as parts of a whole one. */
  private stepShare = 0;
  private part: FamilyPart | undefined;
  private readonly pace: Pace;

  constructor(
    private readonly parts: RunParts,
    private readonly options: RunOptions<B>,
  ) {
    this.pace = parts.paces.of(options.renderer);
    this.steps = this.run();
  }

  resume(): void {
    this.turn++;
    this.options.refuse?.();
  }

  private *run(): Generator<void, B> {
    const { renderer, names } = this.options;
    const { catalogue } = this.parts;
    const isBehind = catalogue.isBehind();
    if (isBehind) yield* catalogue.catchUp();
    this.lookedAt = this.turn;
    const families = namedFamilies(catalogue.families(), names);
    const out = renderer.begin(families);
    let isWhole = false;
    try {
      // Memory for many new series may bring on a collection; their first rows are another step.
      if (isBehind) yield;
      for (let i = 0; i < families.length; i++) {
        const family = families[renderer.isBackward ? families.length - 1 - i : i]!;
        if (family.descriptor.type === 'info' && this.lookedAt !== this.turn) {
          yield* catalogue.catchUp();
          this.lookedAt = this.turn;
        }
        if (this.isGone(family)) continue;
        if (family.series.length > this.rowsPerStep(family.descriptor)) yield* this.addPieces(out, family);
        else {
          // An info that is set all the time has a label set at every moment only as the walk has found it.
          const isFound = family.descriptor.type === 'info' && this.lookedAt === this.turn;
          const isChecked = !isFound && this.mayHaveLost(catalogue.epoch);
          this.add(out, this.partOf(family, isChecked));
        }
        if (this.isStepOver()) yield;
      }
      const body = out.finish();
      isWhole = true;
      return body;
    } finally {
      if (!isWhole) out.abandon();
    }
  }

  /** A family of many rows. Its list is that of now; so is the epoch since when nothing in it was given to another. */
  private *addPieces(out: OpenRendering<B>, family: FamilyEntry): Generator<void, void> {
    const { catalogue } = this.parts;
    const { series: list } = family;
    const { epoch } = catalogue;
    const { isBackward } = this.options.renderer;
    const { length } = list;
    const part = this.partOf(family, false);
    for (let done = 0; done < length;) {
      const rows = Math.min(this.rowsPerStep(family.descriptor), length - done);
      part.from = isBackward ? length - done - rows : done;
      part.to = part.from + rows;
      part.hasOverflow = part.to === length;
      part.isChecked = this.mayHaveLost(epoch);
      this.add(out, part);
      done += rows;
      if (done < length && this.isStepOver()) yield;
    }
  }

  /** One object for all: there are many families, or many pieces where series are large. */
  private partOf(family: FamilyEntry, isChecked: boolean): FamilyPart {
    const { descriptor, series: list } = family;
    const part = (this.part ??= {
      family,
      descriptor,
      list,
      from: 0,
      to: 0,
      hasOverflow: true,
      isChecked,
    });
    part.family = family;
    part.descriptor = descriptor;
    part.list = list;
    part.from = 0;
    part.to = list.length;
    part.hasOverflow = true;
    part.isChecked = isChecked;
    return part;
  }

  private add(out: OpenRendering<B>, part: FamilyPart): void {
    const { pace } = this;
    const { snapshots } = this.parts;
    const rows = part.to - part.from;
    const share = (rows + 1) / this.rowsPerStep(part.family.descriptor);
    const startMs = pace.isOpen ? performance.now() : 0;
    if (this.refreshedAt !== this.turn) snapshots.refresh();
    this.refreshedAt = this.turn;
    out.add(snapshots.readPart(part));
    if (pace.isOpen) pace.note(rows, performance.now() - startMs);
    this.stepShare += share;
  }

  private rowsPerStep(descriptor: FamilyDescriptor): number {
    const bytes = (cellBytesOf(descriptor) + ROW_BYTES) * this.parts.snapshots.stripeCount;
    const rows = Math.max(1, Math.min(ROWS_MAX, Math.floor(STEP_BYTES / bytes)));
    return this.pace.rowsOf(rows);
  }

  /** True when enough was done for one step. */
  private isStepOver(): boolean {
    if (this.stepShare < 1) return false;
    this.stepShare = 0;
    return true;
  }

  /** True when a series of a list that was made at a removal epoch may have been given to another since. */
  private mayHaveLost(epoch: number): boolean {
    return this.parts.attachment.records.epoch() !== epoch;
  }

  private isGone({ slot, sequence }: FamilyEntry): boolean {
    if (this.lookedAt === this.turn) return false;
    const { slots } = this.parts.attachment.records;
    return slots.state(slot) !== SLOT_LIVE || slots.sequence(slot) !== sequence;
  }
}

function namedFamilies(
  families: readonly FamilyEntry[],
  names: readonly string[] | undefined,
): readonly FamilyEntry[] {
  if (names === undefined) return families;
  const wanted = new Set(names);
  return families.filter(({ descriptor }) => isNamed(descriptor, wanted));
}
