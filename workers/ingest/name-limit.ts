/**
 * A bound on the number of different names (models, event types) that an input can bring: each one costs series in the
 * registry and windows in every partition.
 *
 * Promises  Decided where the rows are read, in their order, so the outcome does not depend on the number of workers.
 */

/** Stands for every name that came after the limit was reached. */
export const OTHER_NAME = 'other';

export class NameLimit {
  private readonly names = new Set<string>();
  private readonly namesMax: number;

  constructor(namesMax: number) {
    this.namesMax = namesMax;
  }

  admit(name: string): string {
    if (this.names.has(name)) return name;
    if (this.names.size >= this.namesMax) return OTHER_NAME;
    this.names.add(name);
    return name;
  }
}
