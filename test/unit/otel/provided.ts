/** Provided: a meter provider over a registry of its own, and what a scrape shows of it. */
import type { TestContext } from 'node:test';
import { Registry } from '../../../src/index.js';
import type { RegistryOptions } from '../../../src/index.js';
import { SlotMeterProvider } from '../../../src/otel/meter-provider.js';
import type { SlotMeter } from '../../../src/otel/slot-meter.js';
import type { ViewConfig } from '../../../src/otel/view-config.js';
import { parseExposition } from '../../../src/testing/index.js';

export interface ProvidedOptions {
  readonly views?: readonly ViewConfig[];
  readonly hasExemplars?: boolean;
  readonly registry?: RegistryOptions;
}

export class Provided {
  readonly registry: Registry;
  readonly provider: SlotMeterProvider;
  readonly meter: SlotMeter;

  /** Ends with the test. Its meter has no name: series have the labels of their attributes alone. */
  constructor(test: TestContext, { views = [], hasExemplars = false, registry = {} }: ProvidedOptions = {}) {
    this.registry = new Registry({ seriesMax: 1_000, ...registry });
    this.provider = this.next(views, hasExemplars);
    this.meter = this.provider.getMeter('');
    test.after(() => this.registry.close());
  }

  /** Another provider over the registry. */
  next(views: readonly ViewConfig[] = [], hasExemplars = false): SlotMeterProvider {
    return new SlotMeterProvider(this.registry, { views, hasExemplars });
  }

  /** What a scrape shows, without the families of the registry's own: values by `name{label="value"}`. */
  async scrape(): Promise<Record<string, number>> {
    return samplesIn(await this.registry.metrics());
  }
}

export function samplesIn(text: string): Record<string, number> {
  const samples = parseExposition(text).flatMap(family => family.samples);
  const shown = samples.map(({ name, labels, value }): [string, number] => {
    const pairs = Object.entries(labels).map(([label, of]) => `${label}=${JSON.stringify(of)}`);
    return [pairs.length === 0 ? name : `${name}{${pairs.join()}}`, value];
  });
  return Object.fromEntries(shown.filter(([name]) => !name.startsWith('threadtally_')));
}
