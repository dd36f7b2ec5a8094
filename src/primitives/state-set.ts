/** State set: which one of a fixed list of states is active - the phase of a service, the mode of a breaker. */
import type { CellPlace, CellWriter } from '../memory/cell-place.js';
import { StateCell } from '../memory/state-cell.js';
import { Family } from './family.js';
import type { RegistrationOptions } from './family.js';
import type { FamilyOptions } from './family-descriptor.js';
import type { Labels } from './label-set.js';
import { showHandlesAs } from './shown-object.js';
import type { StateIndexes } from './states.js';
import { indexStates, stateIndexOf } from './states.js';

/** One series of a state set, as user code keeps it. */
export interface StateSetHandle<S extends string = string> {
  /** Makes `state` the active one. @throws Error naming a state that is none; the active one stays */
  set(state: S): void;
  readonly place: CellPlace;
}

export interface StateSetStates<S extends string = string> {
  /** 1..100 different names, in the order in which they are shown. */
  readonly states: readonly S[];
  /** What a series starts in; without labels it is shown from the definition on. Default: the first state. */
  readonly initial?: NoInfer<S> | undefined;
}

/** The name is the label of the states, so it must be a label name, and none of `labelNames`. */
export type StateSetOptions<L extends string = string, S extends string = string> = Omit<
  FamilyOptions<L>,
  'unit' | 'sharing' | 'idleExpirySeconds'
> &
  RegistrationOptions<StateSet<L, S>> &
  StateSetStates<S>;

export class StateSet<L extends string = string, S extends string = string> extends Family<
  L,
  StateSetHandle<S>,
  S
> {
  /** Declared only: the constructor of Family asks for the first handle. */
  private indexes: StateIndexes | undefined;

  /**
   * Defines a state set. The same definition in another thread is the same state set. A series has one active state for
   * all threads, the one that was set last, and it outlives the thread that has set it.
   * Twice in one thread is refused: `stateSet()` of a registry gives the one that is there.
   *
   * @throws Error naming what is missing or invalid, or that this thread has a metric of that name already;
   *   ConfigurationError listing every unusable state; DefinitionConflictError naming what another thread defined
   *   differently; nothing is defined then
   */
  constructor(options: StateSetOptions<L, S>) {
    super('stateset', options);
  }

  get states(): readonly S[] {
    return this.binding.descriptor.states as readonly S[];
  }

  /**
   * Makes a state the active one of the series without labels, or of the one named. Any thread may call it at any time.
   *
   * @throws Error naming a state that is none, or a label that is unknown; nothing changes then
   */
  set(state: S): void;
  set(labels: Labels<L>, state: S): void;
  set(first: Labels<L> | S, state?: S): void {
    const hasLabels = typeof first === 'object' && first !== null;
    const wanted = hasLabels ? state! : (first as S);
    // Before the handle: a state that is none must not leave a series behind.
    stateIndexOf(this.name, this.stateIndexes(), wanted);
    if (hasLabels) this.cellOf(first).set(wanted);
    else this.unlabelled.set(wanted);
  }

  protected override newCell(place: CellPlace): StateSetHandle<S> {
    return new NamedStateCell<S>(this.binding.sharedOnlyWriter(), place, this.name, this.stateIndexes());
  }

  private stateIndexes(): StateIndexes {
    return (this.indexes ??= indexStates(this.binding.descriptor.states));
  }
}

class NamedStateCell<S extends string> extends StateCell implements StateSetHandle<S> {
  constructor(
    writer: CellWriter,
    place: CellPlace,
    private readonly familyName: string,
    private readonly indexes: StateIndexes,
  ) {
    super(writer, place);
  }

  set(state: S): void {
    this.put(stateIndexOf(this.familyName, this.indexes, state));
  }
}

showHandlesAs('StateSetHandle', NamedStateCell);
