/** The exposition of a registry, line by line. */
import type { Registry } from '../../src/index.js';

/** What a scrape of this thread would get now, without collect callbacks. */
export function textOf(registry: Registry): string {
  return Buffer.from(registry.renderNow()).toString('utf8');
}

/** The sample lines, without HELP and TYPE. */
export function sampleLines(registry: Registry): string[] {
  return textOf(registry)
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'));
}

/** The values by what stands before them. */
export function samples(registry: Registry): Record<string, number> {
  return Object.fromEntries(
    sampleLines(registry).map(line => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}
