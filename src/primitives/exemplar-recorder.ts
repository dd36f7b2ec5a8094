/**
 * Exemplar recorder: the exemplars of one handle, from labels to cells.
 *
 * A recording has three steps: gather() the labels, record the value, keep() the exemplar. Gathering runs user code, which
 * may record, remove and pass safe points; so it comes first, and nothing runs between the value and its exemplar. An
 * exemplar that cannot be kept never costs the observation: what is wrong with labels that the caller gave is thrown when
 * the value has been recorded.
 */
import type { SeriesExemplars } from '../memory/exemplar-cell.js';
import type { CellPlace } from '../memory/cell-place.js';
import type { ExemplarLabels, ExemplarProblem } from './exemplar-labels.js';
import { labelError, pairsOf, problemOf } from './exemplar-labels.js';
import { exemplarSource, labelsFromSource } from './exemplar-source.js';
import type { FamilyBinding } from './registrar.js';

/** Labels, names and values in turn; or what is to be thrown once the value has been recorded. */
export type GatheredLabels = readonly string[] | { readonly thrown: unknown };

export class ExemplarRecorder {
  private readonly exemplars: SeriesExemplars;

  constructor(
    private readonly binding: FamilyBinding,
    place: CellPlace,
  ) {
    this.exemplars = binding.exemplars(place);
  }

  /** The place that the cell beside this recorder must use. */
  get place(): CellPlace {
    return this.exemplars.place;
  }

  /**
   * The labels that the caller gave, or else those of the source; undefined for no exemplar, as for labels without any.
   * Never throws.
   */
  gather(given: ExemplarLabels | null | undefined): GatheredLabels | undefined {
    if (given !== undefined && given !== null) return gatherGiven(given);
    return exemplarSource() === undefined ? undefined : this.gatherFromSource();
  }

  /**
   * Keeps an exemplar of the value that was recorded last, at each of `indexes` of the series' exemplars.
   *
   * @throws what was wrong with labels that the caller gave; the exemplar that was there stays
   */
  keep(gathered: GatheredLabels, value: number, ...indexes: readonly number[]): void {
    if ('thrown' in gathered) throw gathered.thrown;
    this.exemplars.write({ labels: gathered, value, timestampSeconds: Date.now() / 1_000 }, ...indexes);
  }

  private gatherFromSource(): GatheredLabels | undefined {
    let problem: ExemplarProblem = 'source_error';
    try {
      const labels = labelsFromSource();
      if (labels === undefined) return undefined;
      const pairs = pairsOf(labels);
      const found = problemOf(pairs);
      if (found === undefined) return pairs.length === 0 ? undefined : pairs;
      problem = found;
    } catch {
      // Whatever the source throws is not the recording code's affair: counted below.
    }
    this.binding.exemplarDropped(problem);
    return undefined;
  }
}

function gatherGiven(given: ExemplarLabels): GatheredLabels | undefined {
  try {
    const pairs = pairsOf(given);
    if (pairs.length === 0) return undefined;
    return problemOf(pairs) === undefined ? pairs : { thrown: labelError(pairs) };
  } catch (error) {
    return { thrown: error };
  }
}
