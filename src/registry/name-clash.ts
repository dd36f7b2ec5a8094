/**
 * Name clash: two families of different names that would show one name, in some format and with some escaping.
 *
 * A histogram `wait` shows `wait_count`, OpenMetrics calls counter `a_total` by the name `a`, and to a scraper that does not
 * know UTF-8 names `a.b` is `a_b`: so no other family may have such a name, or the exposition would be invalid. Two threads
 * that define both at the same moment may get past this check: it looks before it publishes. Scrapes then show the first of
 * them, see exposition/escaped-names.ts.
 */
import { DefinitionConflictError } from '../errors.js';
import type { RecordStore } from '../memory/record-store.js';
import { NO_SLOT } from '../memory/slots.js';
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { decodeDescriptor } from '../primitives/family-descriptor.js';
import { ESCAPINGS, escapeMetricName } from '../primitives/name-escaping.js';
import type { Escaping } from '../primitives/name-escaping.js';
import type { FamilyEntry } from './catalogue.js';
import { openMetricsName, possibleOwners, shownNames } from './shown-names.js';
import type { NamedFamily } from './shown-names.js';

/** A name that two families show. */
interface Clash {
  readonly shown: string;
  readonly escaping: Escaping;
}

/**
 * For a registry of legacy names, which clash with an escaping only if they do without: looks up the few names that
 * another family would need, however many families there are.
 *
 * @throws DefinitionConflictError naming the family that is there, and the name; nothing is defined
 */
export function refuseLegacyClash(records: RecordStore, family: FamilyDescriptor): void {
  const escaping = 'allow-utf-8';
  for (const shown of shownNames(family, escaping)) {
    for (const owner of possibleOwners(shown)) {
      const other = owner === family.name ? undefined : definitionOf(records, owner);
      if (other !== undefined && shownNames(other, escaping).includes(shown))
        refuse(other, family, { shown, escaping });
    }
  }
}

/** For a registry of UTF-8 names, any number of which may become one: the names of all its families, by who shows them. */
export class NamesInUse {
  private families: FamilyDescriptor[] = [];
  private readonly owners = new Map<string, FamilyDescriptor>();

  /**
   * @param families those that are there, in order of definition
   * @throws DefinitionConflictError as refuseLegacyClash
   */
  refuseClash(families: readonly FamilyEntry[], family: FamilyDescriptor): void {
    this.follow(families);
    for (const escaping of ESCAPINGS) {
      for (const shown of shownNames(family, escaping)) {
        const owner = this.owners.get(keyOf(shown, escaping));
        if (owner !== undefined && owner.name !== family.name) refuse(owner, family, { shown, escaping });
      }
    }
  }

  /** New families come last; when others are gone it starts over. */
  private follow(families: readonly FamilyEntry[]): void {
    if (this.families.some((family, index) => families[index]?.descriptor !== family)) {
      this.families = [];
      this.owners.clear();
    }
    for (let index = this.families.length; index < families.length; index++)
      this.add(families[index]!.descriptor);
  }

  private add(family: FamilyDescriptor): void {
    this.families.push(family);
    for (const escaping of ESCAPINGS) {
      for (const shown of shownNames(family, escaping)) {
        const key = keyOf(shown, escaping);
        if (!this.owners.has(key)) this.owners.set(key, family);
      }
    }
  }
}

function keyOf(shown: string, escaping: Escaping): string {
  return `${escaping} ${shown}`;
}

/** The family whose name it is comes last: it is the other one that shows something which is not its name. */
function refuse(there: NamedFamily, wanted: NamedFamily, clash: Clash): never {
  const isNameOf = (family: NamedFamily): boolean =>
    escapeMetricName(family.name, clash.escaping) === clash.shown;
  const isThereLast = isNameOf(there) && !isNameOf(wanted);
  const [first, last] = isThereLast ? [wanted, there] : [there, wanted];
  const lastText = last === wanted ? `this ${last.type}` : `the ${last.type} ${last.name}`;
  const how = clash.escaping === 'allow-utf-8' ? '' : `with the escaping ${clash.escaping} `;
  throw new DefinitionConflictError(
    `cannot define ${wanted.name}: ${how}the ${first.type} ${first.name} ${verbOf(first, clash)} ${clash.shown}, which is ` +
      `${nounOf(last, clash)} ${lastText}; rename one of them`,
  );
}

function verbOf(family: NamedFamily, clash: Clash): string {
  const role = roleOf(family, clash);
  if (role === 'sample') return 'shows a sample';
  return role === 'name' ? 'is called' : 'is in OpenMetrics called';
}

function nounOf(family: NamedFamily, clash: Clash): string {
  const role = roleOf(family, clash);
  if (role === 'sample') return 'a sample of';
  return role === 'name' ? 'the name of' : 'the OpenMetrics name of';
}

function roleOf({ name, type }: NamedFamily, { shown, escaping }: Clash): 'name' | 'base' | 'sample' {
  const escaped = escapeMetricName(name, escaping);
  if (shown === escaped) return 'name';
  return shown === openMetricsName({ name: escaped, type }) ? 'base' : 'sample';
}

function definitionOf(records: RecordStore, name: string): FamilyDescriptor | undefined {
  records.key.setFamily(name);
  const slot = records.find();
  return slot === NO_SLOT ? undefined : decodeDescriptor(records.payloadOf(slot));
}
