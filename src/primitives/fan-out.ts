/**
 * Fan-out: one metric that records into several registries.
 *
 * The metric is the first one's; the others have a copy of it, and its handles are several. Metrics of one registry, which
 * is nearly all of them, have none of this: their handles stay slots.
 */
import { alreadyRegistered } from './definition-conflict.js';
import type { FamilyDescription } from './family-descriptor.js';
import type { RegisteredMetric, Registrar } from './registrar.js';

const VERBS = ['inc', 'dec', 'set', 'observe', 'setToCurrentTime'];

type Verb = (...given: unknown[]) => unknown;
type Handle = Record<string, Verb>;
type Constructor<F> = new (options: FamilyDescription & { registers: readonly Registrar[] }) => F;

/** @throws Error when one of them has a metric of this name, before any of them gets one */
export function refuseKnown(registrars: readonly Registrar[], name: string): void {
  if (registrars.some(registrar => registrar.getSingleMetric(name) !== undefined))
    throw alreadyRegistered(name);
}

/**
 * A metric of the same definition in each of the registrars, which know it as the metric that they are copies of.
 *
 * @throws Error when one of them refuses the definition; the others keep theirs
 */
export function copiesIn<F extends RegisteredMetric>(
  registrars: readonly Registrar[],
  metric: F,
  options: FamilyDescription,
): F[] {
  const Copy = metric.constructor as Constructor<F>;
  return registrars.map(registrar => {
    const known: Registrar = {
      describe: (type, description) => registrar.describe(type, description),
      bind: descriptor => registrar.bind(descriptor, metric),
      getSingleMetric: name => registrar.getSingleMetric(name),
    };
    // Its callback runs with the metric that the registry knows.
    const copied = { ...options, collect: undefined, registers: [known] };
    return new Copy(copied);
  });
}

/** A handle that does with each what is done with it. What the first one refuses, the others do not see. */
export function fannedOut<H extends { readonly place: unknown }>(handles: readonly H[]): H {
  const all = handles as unknown as readonly Handle[];
  const [first] = all as readonly [Handle];
  const fan: Record<string, unknown> = { place: handles[0]!.place };
  for (const verb of VERBS) {
    if (verb in first)
      fan[verb] = (...given: unknown[]) => {
        for (const handle of all) handle[verb]!(...given);
      };
  }
  if ('startTimer' in first) fan['startTimer'] = (...given: unknown[]) => fannedTimer(all, given);
  return fan as unknown as H;
}

function fannedTimer(handles: readonly Handle[], given: readonly unknown[]): unknown {
  const ends = handles.map(handle => handle['startTimer']!(...given) as (...given: unknown[]) => number);
  const end = (...labels: unknown[]): number => ends.map(one => one(...labels))[0]!;
  return Object.assign(end, { [Symbol.dispose]: () => void end() });
}
