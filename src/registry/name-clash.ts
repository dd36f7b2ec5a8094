/**
 * Name clash: two families of different names that would show samples of one name.
 *
 * An info `build` shows `build_info`, so no family may have that name. Two threads that define both at the same moment
 * may get past this check: it looks before it publishes.
 */
import { DefinitionConflictError } from '../errors.js';
import type { RecordStore } from '../memory/record-store.js';
import { NO_SLOT } from '../memory/slots.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { INFO_SUFFIX, decodeDescriptor } from '../primitives/family-descriptor.js';

/** @throws DefinitionConflictError naming the family that is there; nothing is defined */
export function refuseNameClash(records: RecordStore, { name, type }: FamilyDescriptor): void {
  const shown = name + INFO_SUFFIX;
  if (type === 'info' && definitionOf(records, shown) !== undefined) {
    throw new DefinitionConflictError(
      `the info ${name} shows a sample ${shown}, which is the name of another metric; rename one of them`,
    );
  }
  if (!name.endsWith(INFO_SUFFIX)) return;
  const infoName = name.slice(0, -INFO_SUFFIX.length);
  if (definitionOf(records, infoName)?.type !== 'info') return;
  throw new DefinitionConflictError(
    `${name} is the sample that the info ${infoName} shows; rename one of them`,
  );
}

function definitionOf(records: RecordStore, name: string): FamilyDescriptor | undefined {
  records.key.setFamily(name);
  const slot = records.find();
  return slot === NO_SLOT ? undefined : decodeDescriptor(records.payloadOf(slot));
}
