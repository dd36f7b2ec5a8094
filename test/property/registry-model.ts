/**
 * Registry model: what a registry of small limits must show, in Maps and plain numbers.
 *
 * Knows nothing of slots: series are there from the moment a handle asks for them, shown from their first recording, and
 * counted against the limits in between.
 */

export type Kind = 'counter' | 'gauge' | 'histogram';

/** The families that a test defines and removes. */
export const FAMILIES: Readonly<
  Record<string, { readonly kind: Kind; readonly labelNames: readonly string[] }>
> = {
  requests: { kind: 'counter', labelNames: ['l'] },
  depth: { kind: 'gauge', labelNames: ['l'] },
  size: { kind: 'histogram', labelNames: ['l'] },
  routes: { kind: 'counter', labelNames: ['l', 'm'] },
  ticks: { kind: 'counter', labelNames: [] },
};

export const BOUNDS = [1, 10];
export const LIMITS = { seriesMax: 5, familySeriesMax: 3, familiesMax: 3, labelValueMax: 20 };
export const OVERFLOW_FAMILY = 'threadtally_overflow_observations_total';

interface ModelSeries {
  isShown: boolean;
  /** One number, or for a histogram its observations. */
  values: number[];
}

interface ModelFamily {
  readonly kind: Kind;
  readonly labelNames: readonly string[];
  /** By label values, joined by what no test value contains; '' without labels. */
  readonly series: Map<string, ModelSeries>;
  overflow: ModelSeries;
}

export class RegistryModel {
  private readonly families = new Map<string, ModelFamily>();

  get familyCount(): number {
    return this.families.size;
  }

  get seriesCount(): number {
    return [...this.families.values()].reduce((sum, family) => sum + family.series.size, 0);
  }

  isDefined(name: string): boolean {
    return this.families.has(name);
  }

  /** False when the limit of families forbids it. */
  define(name: string): boolean {
    const { kind, labelNames } = FAMILIES[name]!;
    return this.defineFamily(name, kind, labelNames);
  }

  /** A handle is asked for: its series is reserved if a limit allows. */
  handle(name: string, values: readonly string[]): void {
    const family = this.families.get(name);
    if (family !== undefined && family.labelNames.length > 0) this.seriesOf(family, values);
  }

  record(name: string, values: readonly string[], amount: number): void {
    const family = this.families.get(name);
    if (family === undefined) return;
    const found = this.seriesOf(family, values);
    if (typeof found !== 'string') {
      found.isShown = true;
      apply(family.kind, found, amount);
      return;
    }
    apply(family.kind, family.overflow, amount);
    family.overflow.isShown = true;
    if (name !== OVERFLOW_FAMILY) this.countOverflow(name, found);
  }

  /** True when the series is there and shown from now on; nothing is recorded, in the overflow series neither. */
  init(name: string, values: readonly string[]): boolean {
    const family = this.families.get(name);
    const found = family === undefined ? 'removed' : this.seriesOf(family, values);
    if (typeof found !== 'string') found.isShown = true;
    return typeof found !== 'string';
  }

  /** Removes the series with the given values, undefined standing for any; returns how many. */
  removeMatching(name: string, wanted: readonly (string | undefined)[]): number {
    const { series } = this.families.get(name) ?? { series: new Map<string, ModelSeries>() };
    const matching = [...series.keys()].filter(key => {
      const values = key.split(',');
      return wanted.every((value, i) => value === undefined || value === values[i]);
    });
    for (const key of matching) series.delete(key);
    return matching.length;
  }

  remove(name: string, values: readonly string[]): void {
    this.families.get(name)?.series.delete(values.join());
  }

  resetFamily(name: string): void {
    const family = this.families.get(name);
    if (family === undefined) return;
    family.series.clear();
    family.overflow = emptySeries();
    if (family.labelNames.length === 0) this.addBase(family);
  }

  resetAll(): void {
    for (const name of this.families.keys()) this.resetFamily(name);
  }

  removeFamily(name: string): void {
    this.families.delete(name);
  }

  clear(): void {
    this.families.clear();
  }

  /** The lines that a scrape must have, without HELP and TYPE. */
  lines(): string[] {
    return [...this.families].flatMap(([name, family]) => {
      const shown = [...family.series].filter(([, series]) => series.isShown);
      const lines = shown.flatMap(([key, series]) => linesOf(name, family, labelsOf(family, key), series));
      const { overflow } = family;
      // A counter or histogram that is 0 is not worth a line of its own; a gauge may have been set to 0.
      const hasOverflow =
        overflow.isShown && (family.kind === 'gauge' || overflow.values.some(value => value !== 0));
      const isObserved = family.kind === 'histogram' && overflow.values.length > 0;
      return hasOverflow || isObserved
        ? [...lines, ...linesOf(name, family, 'otel_metric_overflow="true"', overflow)]
        : lines;
    });
  }

  private defineFamily(name: string, kind: Kind, labelNames: readonly string[]): boolean {
    if (this.families.has(name)) return true;
    if (this.families.size >= LIMITS.familiesMax) return false;
    const family: ModelFamily = { kind, labelNames, series: new Map(), overflow: emptySeries() };
    this.families.set(name, family);
    if (labelNames.length === 0) this.addBase(family);
    return true;
  }

  /** The one series of a family without labels: there from the definition on, whatever the limits. */
  private addBase(family: ModelFamily): ModelSeries {
    const base = { isShown: true, values: family.kind === 'histogram' ? [] : [0] };
    family.series.set('', base);
    return base;
  }

  private seriesOf(family: ModelFamily, values: readonly string[]): ModelSeries | string {
    const key = values.join();
    const found = family.series.get(key);
    if (found !== undefined) return found;
    if (family.labelNames.length === 0) return this.addBase(family);
    if (values.some(value => value.length > LIMITS.labelValueMax)) return 'label_value_length';
    // What counts the excess has limits of its own, far above these.
    const isCounted = family !== this.families.get(OVERFLOW_FAMILY);
    if (isCounted && family.series.size >= LIMITS.familySeriesMax) return 'family_limit';
    if (isCounted && this.seriesCount >= LIMITS.seriesMax) return 'registry_limit';
    const series = emptySeries();
    family.series.set(key, series);
    return series;
  }

  private countOverflow(family: string, reason: string): void {
    if (this.defineFamily(OVERFLOW_FAMILY, 'counter', ['family', 'reason'])) {
      this.record(OVERFLOW_FAMILY, [family, reason], 1);
    }
  }
}

function emptySeries(): ModelSeries {
  return { isShown: false, values: [] };
}

function apply(kind: Kind, series: ModelSeries, amount: number): void {
  if (kind === 'histogram') series.values.push(amount);
  else if (kind === 'gauge') series.values = [amount];
  else series.values = [(series.values[0] ?? 0) + amount];
}

function labelsOf(family: ModelFamily, key: string): string {
  const values = key.split(',');
  return family.labelNames
    .map((name, i) => [name, values[i]] as const)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}="${value}"`)
    .join();
}

function linesOf(name: string, family: ModelFamily, labels: string, { values }: ModelSeries): string[] {
  const braces = labels === '' ? '' : `{${labels}}`;
  if (family.kind !== 'histogram') return [`${name}${braces} ${values[0] ?? 0}`];
  const buckets = [...BOUNDS, Infinity].map(bound => {
    const le = `le="${bound === Infinity ? '+Inf' : bound.toFixed(1)}"`;
    const count = values.filter(value => value <= bound).length;
    return `${name}_bucket{${labels === '' ? le : `${le},${labels}`}} ${count}`;
  });
  const sum = values.reduce((total, value) => total + value, 0);
  return [...buckets, `${name}_sum${braces} ${sum}`, `${name}_count${braces} ${values.length}`];
}
