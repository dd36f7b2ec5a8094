/**
 * Open labels: the label names of a family whose series bring their own, as an OpenTelemetry instrument records them.
 *
 * In the arena each series has one label value, the text of primitives/attribute-set.ts. The catalogue shows the family with
 * the names that its series have, so that nobody else needs to know of this: a series without one of the names has an empty
 * value there, which is no label.
 *
 *     in the arena    otel_attributes=["counter","a.b",...,"route","/x"]
 *     shown           otel_attributes=""  otel_scope_name="shop"  route="/x"
 *
 * Promises  Names are only added, at the end: what was encoded of a series stays right.
 *           No two series have one label set. Attributes that differ only in what Prometheus cannot show, as `a.b` and `a_b`,
 *           or 1 and "1", would; the one that was found later shows its text in ATTRIBUTES_LABEL beside its labels.
 */
import type { CellOffset, SlotIndex } from '../memory/layout.js';
import type { LabelValueVisitor } from '../memory/record-key.js';
import type { RecordStore } from '../memory/record-store.js';
import { SLOT_LIVE } from '../memory/slots.js';
import { ATTRIBUTES_LABEL, attributeSetOf, labelsOfAttributes } from '../primitives/attribute-set.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { FamilyEntry } from './catalogue.js';
import { visitTexts } from './label-bytes.js';
import { SeriesEntry } from './series-entry.js';
import type { RowFilter } from './series-list.js';

interface Owner {
  readonly slot: SlotIndex;
  readonly sequence: number;
}

export class OpenLabels {
  /** The family with the names that its series have. Another object when there are more. */
  descriptor: FamilyDescriptor;
  private readonly names = new Set<string>();
  /** Which series has a label set, by its text. */
  private readonly owners = new Map<string, Owner>();
  /** Series that would have the label set of another one: the slot of each, by its sequence. */
  private readonly clashing = new Map<number, SlotIndex>();

  /** @param definition as it stands in the arena */
  constructor(definition: FamilyDescriptor) {
    this.descriptor = { ...definition, labelNames: [ATTRIBUTES_LABEL], openLabels: false };
  }

  /** Learns the labels of a series that a walk has found. */
  add(records: RecordStore, slot: SlotIndex, sequence: number): void {
    const labels = labelsOfAttributes(attributeSetOf(records.labelValuesOf(slot)[0]!));
    this.learn([...labels.keys()]);
    // Attributes are in the order of their keys, which is not always that of the labels that they become.
    const key = JSON.stringify([...labels].sort(([a], [b]) => (a < b ? -1 : 1)));
    const owner = this.owners.get(key);
    const isFree = owner === undefined || owner.sequence === sequence || !isLive(records, owner);
    if (isFree) this.owners.set(key, { slot, sequence });
    else this.clashing.set(sequence, slot);
  }

  /** Forgets the series that are gone. */
  forget(isThere: RowFilter): void {
    for (const [key, { slot, sequence }] of this.owners)
      if (!isThere(slot, sequence)) this.owners.delete(key);
    for (const [sequence, slot] of this.clashing)
      if (!isThere(slot, sequence)) this.clashing.delete(sequence);
  }

  /** The series in a row, with its labels in the order of `descriptor`. */
  entry(family: FamilyEntry, descriptor: FamilyDescriptor, row: OpenRow): SeriesEntry {
    return new OpenSeriesEntry(family, descriptor, row, this.clashing.has(row.sequence));
  }

  private learn(names: readonly string[]): void {
    const { size } = this.names;
    for (const name of names) this.names.add(name);
    if (this.names.size === size) return;
    this.descriptor = { ...this.descriptor, labelNames: [ATTRIBUTES_LABEL, ...this.names] };
  }
}

export interface OpenRow {
  readonly records: RecordStore;
  readonly slot: SlotIndex;
  readonly sequence: number;
  readonly cells: CellOffset;
}

class OpenSeriesEntry extends SeriesEntry {
  constructor(
    family: FamilyEntry,
    private readonly shownAs: FamilyDescriptor,
    { records, slot, sequence, cells }: OpenRow,
    private readonly isClashing: boolean,
  ) {
    super(records, family, slot, sequence, cells, false);
  }

  override get attributeText(): string {
    return super.labelValues()[0]!;
  }

  override labelValues(): string[] {
    const text = this.attributeText;
    const labels = labelsOfAttributes(attributeSetOf(text));
    if (this.isClashing) labels.set(ATTRIBUTES_LABEL, text);
    return this.shownAs.labelNames.map(name => labels.get(name) ?? '');
  }

  override visitLabelValues(visit: LabelValueVisitor): void {
    visitTexts(this.labelValues(), visit);
  }
}

function isLive({ slots }: RecordStore, { slot, sequence }: Owner): boolean {
  return slots.state(slot) === SLOT_LIVE && slots.sequence(slot) === sequence;
}
