/** States of a state set: what users give, checked, and found by name. */
import { inspect } from 'node:util';
import { escapedLabelProblem } from './name-rules.js';

/** Most states of a state set: each is a sample of every series. A limit of this implementation. */
export const STATES_MAX = 100;
/** Longest name of a state, in UTF-16 code units. A limit of this implementation. */
export const STATE_LENGTH_MAX = 256;

interface GivenStates {
  readonly name: string;
  readonly labelNames?: readonly string[] | undefined;
  readonly states?: readonly string[] | undefined;
  readonly initial?: string | undefined;
}

/**
 * What is wrong with the states of a definition.
 *
 * @param reservedLabel a label that samples of every family may get
 * @param problems gets a line for each fault
 */
export function checkStates(given: GivenStates, reservedLabel: string, problems: string[]): void {
  const { name, labelNames = [], states, initial } = given;
  if (labelNames.includes(name))
    problems.push(`label ${name} is what the states are named by; rename the label`);
  else {
    const problem = stateLabelProblem(name, labelNames, reservedLabel);
    if (problem !== undefined)
      problems.push(`${name} becomes the label of the states, and is no label name that is free: ${problem}`);
  }
  if (!Array.isArray(states)) {
    problems.push(`states is ${inspect(states)}; it must be an array of names`);
    return;
  }
  if (states.length === 0 || states.length > STATES_MAX)
    problems.push(`there are ${states.length} states; there must be 1..${STATES_MAX}`);
  states.forEach((state: unknown, index) => {
    if (!isStateName(state)) {
      problems.push(
        `state ${inspect(state)} is no text of 1..${STATE_LENGTH_MAX} characters that UTF-8 can encode`,
      );
    } else if (states.indexOf(state) !== index) problems.push(`state ${inspect(state)} is given twice`);
  });
  if (initial !== undefined && !states.includes(initial))
    problems.push(`initial is ${inspect(initial)}; it must be one of ${states.map(String).join(', ')}`);
}

/** The name of the family is the label that tells its states apart. It has passed as the name of a metric. */
function stateLabelProblem(
  name: string,
  labelNames: readonly string[],
  reservedLabel: string,
): string | undefined {
  // An escaping leaves it in the name of a metric and not in that of a label.
  if (name.includes(':')) return 'a label has no colon; rename it';
  if (name.startsWith('__')) return 'names that start with __ are reserved for Prometheus; rename it';
  return escapedLabelProblem([name, ...labelNames], [reservedLabel]);
}

function isStateName(state: unknown): state is string {
  return (
    typeof state === 'string' && state !== '' && state.length <= STATE_LENGTH_MAX && state.isWellFormed()
  );
}

/** Position of each state by its name. */
export type StateIndexes = ReadonlyMap<unknown, number>;

export function indexStates(states: readonly string[]): StateIndexes {
  return new Map(states.map((state, index) => [state, index]));
}

/**
 * Position of a state.
 *
 * @throws Error naming a state that is none, and those that are
 */
export function stateIndexOf(familyName: string, indexes: StateIndexes, state: unknown): number {
  const index = indexes.get(state);
  if (index !== undefined) return index;
  throw new Error(
    `${familyName} has no state ${inspect(state)}; its states are ${[...indexes.keys()].join(', ')}`,
  );
}
