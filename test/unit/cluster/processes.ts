/** Played processes: registries of this process that are merged as those of others are. */
import type { TestContext } from 'node:test';
import { DefinitionPool } from '../../../src/cluster/definition-pool.js';
import { MergedSnapshots } from '../../../src/cluster/merged-snapshot.js';
import { mergeProcesses } from '../../../src/cluster/process-merge.js';
import type { MergeInput } from '../../../src/cluster/process-merge.js';
import { familyPartsOf } from '../../../src/cluster/process-snapshot.js';
import type { FamilyPart } from '../../../src/cluster/process-snapshot.js';
import { decodeSnapshot, encodeSnapshot } from '../../../src/cluster/snapshot-format.js';
import { PrometheusTextRenderer } from '../../../src/exposition/prometheus-text.js';
import { Registry } from '../../../src/index.js';
import type { RegistryOptions, Snapshot } from '../../../src/index.js';
import { readParts } from '../../../src/registry/registry-parts.js';

export function newRegistry(test: TestContext, options: RegistryOptions = {}): Registry {
  const registry = new Registry(options);
  test.after(() => registry.close());
  return registry;
}

/** What a registry holds, as it leaves the process. */
export function partsOf(registry: Registry): FamilyPart[] {
  return readParts(registry, familyPartsOf);
}

/** What a registry holds, as it arrives in another process. */
export function arrivedFrom(registry: Registry): FamilyPart[] {
  return decodeSnapshot(encodeSnapshot(partsOf(registry)), new DefinitionPool());
}

/** Registries as processes with the ids 0, 1, 2 and so on. */
export function inputsFrom(registries: readonly Registry[]): MergeInput[] {
  return registries.map((registry, process) => ({ process, families: arrivedFrom(registry) }));
}

export function mergedSnapshot(registries: readonly Registry[]): Snapshot {
  return new MergedSnapshots().snapshotOf(mergeProcesses(inputsFrom(registries)).families);
}

/** The sample lines of a snapshot, without HELP and TYPE. */
export function linesOf(snapshot: Snapshot): string[] {
  const { body } = new PrometheusTextRenderer().render(snapshot);
  return Buffer.from(body)
    .toString()
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'));
}

export function mergedLines(...registries: Registry[]): string[] {
  return linesOf(mergedSnapshot(registries));
}
