/** Families of default metrics in a registry of a test, and what they show. */
import type { TestContext } from 'node:test';
import { Registry } from '../../../src/index.js';
import { DefaultFamilies } from '../../../src/runtime/default-families.js';
import type { DefaultMetricsCollectorConfiguration } from '../../../src/runtime/default-metrics-options.js';
import { defaultMetricsSettings } from '../../../src/runtime/default-metrics-options.js';

export interface Collecting {
  readonly registry: Registry;
  readonly families: DefaultFamilies;
  /** Values by sample, as a scrape shows them. */
  samples(): Record<string, number>;
}

export function newCollecting(
  test: TestContext,
  options: DefaultMetricsCollectorConfiguration = {},
  registry = newRegistry(test),
): Collecting {
  const families = new DefaultFamilies(defaultMetricsSettings({ ...options, register: registry }));
  return { registry, families, samples: () => samplesOf(textOf(registry)) };
}

export function newRegistry(test: TestContext): Registry {
  const registry = new Registry();
  test.after(() => registry.close());
  return registry;
}

/** The text of a registry, without callbacks. */
export function textOf(registry: Registry): string {
  return Buffer.from(registry.renderNow()).toString();
}

export function samplesOf(text: string): Record<string, number> {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map(line => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1).replace('Inf', 'Infinity'))];
    }),
  );
}
