/**
 * Default labels: what one registry object shows on every series that it renders, whichever thread defined it.
 *
 * They belong to the one that scrapes and not to the arena: they say which target it is. Nothing of them is stored, no
 * recording knows of them, and they cost nothing where there are none.
 */
import { inspect } from 'node:util';
import { ConfigurationError } from '../errors.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { OVERFLOW_LABEL } from '../primitives/family-descriptor.js';
import type { MetricObjectWithValues } from '../primitives/readings.js';
import type { SeriesEntry } from './catalogue.js';
import { LabelledSeries } from './labelled-series.js';
import type { FamilyExtent } from './renderers.js';
import { ShownFamily } from './shown-family.js';
import type { FamilySnapshot, Snapshot } from './snapshot.js';

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const RESERVED = ['le', 'quantile', OVERFLOW_LABEL];

/** One family as it is shown: with the default labels that it does not have itself behind its own. */
interface LabelledFamily {
  readonly descriptor: FamilyDescriptor;
  readonly valuesOf: (series: SeriesEntry) => string[];
}

export class DefaultLabels {
  private readonly families = new WeakMap<FamilyDescriptor, LabelledFamily>();

  private constructor(private readonly labels: ReadonlyMap<string, string>) {}

  /**
   * Undefined when there are none.
   *
   * @throws TypeError when they are no object, ConfigurationError listing every label that cannot be one
   */
  static of(labels: object): DefaultLabels | undefined {
    if (typeof labels !== 'object' || labels === null)
      throw new TypeError(`default labels are ${inspect(labels)}; they must be an object of values by name`);
    const texts = Object.entries(labels)
      .filter(([, value]) => value !== undefined && value !== null && value !== '')
      .map(([name, value]) => [name, String(value)] as const);
    const problems = texts.flatMap(([name]) => {
      if (RESERVED.includes(name)) return [`${name} is a reserved label keyword`];
      return LABEL_NAME.test(name) && !name.startsWith('__')
        ? []
        : [`Invalid label name: ${inspect(name)}; it must match ${LABEL_NAME.source}, and not start with __`];
    });
    if (problems.length > 0) throw new ConfigurationError('default labels', problems);
    return texts.length === 0 ? undefined : new DefaultLabels(new Map(texts));
  }

  /** The same values, with the labels. */
  on(snapshot: Snapshot): Snapshot {
    return { ...snapshot, families: snapshot.families.map(family => this.onFamily(family)) };
  }

  /** As on(), of readings. */
  onReading(reading: MetricObjectWithValues): MetricObjectWithValues {
    const values = reading.values.map(value => ({
      ...value,
      labels: { ...value.labels, ...this.missingIn(value.labels) },
    }));
    return { ...reading, values };
  }

  private missingIn(labels: Readonly<Record<string, unknown>>): Record<string, string> {
    const isMissing = ([name]: [string, string]): boolean => !Object.hasOwn(labels, name) || !labels[name];
    return Object.fromEntries([...this.labels].filter(isMissing));
  }

  /** One family, or some rows of it. */
  onFamily(family: FamilySnapshot): FamilySnapshot {
    const { descriptor, valuesOf } = this.familyOf(family.descriptor);
    return new ShownFamily(family, descriptor, series => new LabelledSeries(series, valuesOf));
  }

  /** What will be begun as one of them. */
  onExtent(family: FamilyExtent): FamilyExtent {
    // Not spread: what it has may be made when it is asked for.
    const { series, keyBytes } = family;
    return { descriptor: this.familyOf(family.descriptor).descriptor, series, keyBytes };
  }

  private familyOf(descriptor: FamilyDescriptor): LabelledFamily {
    let family = this.families.get(descriptor);
    if (family === undefined) {
      family = this.labelledFamily(descriptor);
      this.families.set(descriptor, family);
    }
    return family;
  }

  private labelledFamily(descriptor: FamilyDescriptor): LabelledFamily {
    const { labelNames, aggregator } = descriptor;
    // Of a family by thread that label is its own.
    const isOwn = (name: string): boolean =>
      labelNames.includes(name) || (aggregator === 'thread' && name === 'thread');
    const added = [...this.labels].filter(([name]) => !isOwn(name));
    const fallbacks = labelNames.map(name => this.labels.get(name) ?? '');
    const others = added.map(([, value]) => value);
    return {
      descriptor: {
        ...descriptor,
        labelNames: [...labelNames, ...added.map(([name]) => name), OVERFLOW_LABEL],
      },
      valuesOf: series =>
        series.isOverflow
          ? [...labelNames.map(() => ''), ...others, 'true']
          : [...series.labelValues().map((value, i) => value || fallbacks[i]!), ...others, ''],
    };
  }
}
