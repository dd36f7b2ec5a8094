/**
 * Delivered values: what a receiver has been told of each series so far, for pushes that say what came since.
 *
 *     slot      group: sequence  since  width  place          numbers, in segments
 *       0              31        ms     1      0x0_0004  -->  ... 17 ...
 *       1              0         0      0      none           ... counts, sum ...
 *
 * A series is found by one indexed load: its slot is the index, its sequence says whether the slot is still its own. What a
 * series that is gone has left is found when its slot is used again, so there are never more than there are slots.
 *
 * Written by put() alone, for what has arrived: what was sent and is not known to have arrived is still owed.
 */
const GROUP_BITS = 12;
const GROUP_SIZE = 1 << GROUP_BITS;
const GROUP_MASK = GROUP_SIZE - 1;
const SEGMENT_BITS = 16;
const SEGMENT_SIZE = 1 << SEGMENT_BITS;
const SEGMENT_MASK = SEGMENT_SIZE - 1;
/** Stands for "nothing"; places are one more than where they are. */
const NO_PLACE = 0;

class Group {
  readonly sequences = new Int32Array(GROUP_SIZE);
  readonly since = new Float64Array(GROUP_SIZE);
  readonly widths = new Int32Array(GROUP_SIZE);
  readonly places = new Int32Array(GROUP_SIZE);
}

export class DeliveredValues {
  /** What find() has found: since when they stand, and the numbers from `at` on. */
  sinceMs = 0;
  numbers: Float64Array = new Float64Array(0);
  at = 0;
  private readonly groups: (Group | undefined)[] = [];
  private readonly segments: Float64Array[] = [];
  private end = 0;
  /** Places of series that are gone, by how many numbers they hold. */
  private readonly free = new Map<number, number[]>();

  /** False when nothing of this series has been delivered. */
  find(slot: number, sequence: number): boolean {
    const group = this.groups[slot >>> GROUP_BITS];
    if (group === undefined) return false;
    const index = slot & GROUP_MASK;
    const place = group.places[index]!;
    if (place === NO_PLACE || group.sequences[index] !== sequence) return false;
    this.sinceMs = group.since[index]!;
    this.goTo(place);
    return true;
  }

  /** The values of a series that find() has found were still the same at this time. */
  confirm(slot: number, timeMs: number): void {
    this.groups[slot >>> GROUP_BITS]!.since[slot & GROUP_MASK] = timeMs;
  }

  /** The receiver knows these values of a series, as they were at this time: `width` numbers, for a series always as many. */
  put(series: SeriesPlace, source: Float64Array, from: number, timeMs: number): void {
    const { slot, sequence, width } = series;
    const group = (this.groups[slot >>> GROUP_BITS] ??= new Group());
    const index = slot & GROUP_MASK;
    if (group.places[index] === NO_PLACE || group.widths[index] !== width) {
      this.giveBack(group.widths[index]!, group.places[index]!);
      group.places[index] = this.take(width);
      group.widths[index] = width;
    }
    group.sequences[index] = sequence;
    group.since[index] = timeMs;
    this.goTo(group.places[index]!);
    for (let i = 0; i < width; i++) this.numbers[this.at + i] = source[from + i]!;
  }

  private goTo(place: number): void {
    this.numbers = this.segments[(place - 1) >>> SEGMENT_BITS]!;
    this.at = (place - 1) & SEGMENT_MASK;
  }

  private take(width: number): number {
    const reused = this.free.get(width)?.pop();
    if (reused !== undefined) return reused;
    const isFull = this.segments.length === 0 || this.end + width > SEGMENT_SIZE;
    if (isFull) {
      this.segments.push(new Float64Array(Math.max(SEGMENT_SIZE, width)));
      this.end = 0;
    }
    const place = (this.segments.length - 1) * SEGMENT_SIZE + this.end + 1;
    this.end += width;
    return place;
  }

  private giveBack(width: number, place: number): void {
    if (place === NO_PLACE) return;
    const places = this.free.get(width);
    if (places === undefined) this.free.set(width, [place]);
    else places.push(place);
  }
}

export interface SeriesPlace {
  slot: number;
  sequence: number;
  width: number;
}

/** Slot, sequence, width and time, before the numbers of a series. */
const HEAD = 4;
const FIRST_NUMBERS = 256;

/** What one request tells, until it is known whether it has arrived. */
export class ToldValues {
  private numbers = new Float64Array(FIRST_NUMBERS);
  private length = 0;

  /** @param timeMs when the values were read, in ms since 1970 */
  add({ slot, sequence, width }: SeriesPlace, source: Float64Array, from: number, timeMs: number): void {
    const at = this.length;
    this.fit(at + HEAD + width);
    const { numbers } = this;
    numbers[at] = slot;
    numbers[at + 1] = sequence;
    numbers[at + 2] = width;
    numbers[at + 3] = timeMs;
    for (let i = 0; i < width; i++) numbers[at + HEAD + i] = source[from + i]!;
    this.length = at + HEAD + width;
  }

  /** It has arrived. */
  deliverTo(delivered: DeliveredValues): void {
    const { numbers, length } = this;
    const series: SeriesPlace = { slot: 0, sequence: 0, width: 0 };
    for (let at = 0; at < length; at += HEAD + series.width) {
      series.slot = numbers[at]!;
      series.sequence = numbers[at + 1]!;
      series.width = numbers[at + 2]!;
      delivered.put(series, numbers, at + HEAD, numbers[at + 3]!);
    }
  }

  private fit(length: number): void {
    if (length <= this.numbers.length) return;
    const grown = new Float64Array(Math.max(length, this.numbers.length * 2));
    grown.set(this.numbers.subarray(0, this.length));
    this.numbers = grown;
  }
}
