/**
 * Name clash: two families of different names that would show samples of one name.
 *
 * A histogram `wait` shows `wait_bucket`, `wait_sum` and `wait_count`, an info `build` shows `build_info`, and OpenMetrics
 * adds `_created` and takes counter `a` and counter `a_total` for one: so no other family may have such a name. Two
 * threads that define both at the same moment may get past this check: it looks before it publishes.
 */
import { DefinitionConflictError } from '../errors.js';
import type { RecordStore } from '../memory/record-store.js';
import { NO_SLOT } from '../memory/slots.js';
import type { FamilyDescriptor, FamilyType } from '../primitives/family-descriptor.js';
import { INFO_SUFFIX, decodeDescriptor } from '../primitives/family-descriptor.js';

const TOTAL_SUFFIX = '_total';
const CREATED_SUFFIX = '_created';

/** What the samples of a family add to its name, beside samples of the name itself. */
const SAMPLE_SUFFIXES: Record<FamilyType, readonly string[]> = {
  counter: [TOTAL_SUFFIX, CREATED_SUFFIX],
  gauge: [],
  histogram: ['_bucket', '_sum', '_count', CREATED_SUFFIX],
  summary: ['_sum', '_count', CREATED_SUFFIX],
  info: [INFO_SUFFIX],
  stateset: [],
};

const ALL_SUFFIXES = [...new Set(Object.values(SAMPLE_SUFFIXES).flat())];

/** @throws DefinitionConflictError naming the family that is there, and the sample; nothing is defined */
export function refuseNameClash(records: RecordStore, { name, type }: FamilyDescriptor): void {
  for (const shown of samplesOf(name, type)) {
    const other = definitionOf(records, shown);
    if (shown !== name && other !== undefined)
      refuse(name, `the ${type} ${name}`, shown, `the ${other.type} ${shown}`);
  }
  for (const suffix of ALL_SUFFIXES) {
    const base = baseOf(name, suffix);
    if (base === undefined) continue;
    for (const candidate of suffix === CREATED_SUFFIX ? [base, base + TOTAL_SUFFIX] : [base]) {
      const other = definitionOf(records, candidate);
      if (other === undefined || !samplesOf(candidate, other.type).includes(name)) continue;
      refuse(name, `the ${other.type} ${candidate}`, name, `this ${type}`);
    }
  }
}

/** Names of samples that a family shows in any format. */
function samplesOf(name: string, type: FamilyType): string[] {
  const base = type === 'counter' ? (baseOf(name, TOTAL_SUFFIX) ?? name) : name;
  return SAMPLE_SUFFIXES[type].map(suffix => base + suffix);
}

function baseOf(name: string, suffix: string): string | undefined {
  return name.endsWith(suffix) && name.length > suffix.length ? name.slice(0, -suffix.length) : undefined;
}

function refuse(name: string, owner: string, shown: string, other: string): never {
  throw new DefinitionConflictError(
    `cannot define ${name}: ${owner} shows a sample ${shown}, which is the name of ${other}; rename one of them`,
  );
}

function definitionOf(records: RecordStore, name: string): FamilyDescriptor | undefined {
  records.key.setFamily(name);
  const slot = records.find();
  return slot === NO_SLOT ? undefined : decodeDescriptor(records.payloadOf(slot));
}
