/** Name filter: the families that a scrape asks for by name. */
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import { shownNames } from './shown-names.js';

/**
 * A family is shown whole when its name is given, or that of one of its samples, in any format. A name that is none to older
 * scrapers is found also as most of them see it, with underscores. A name of nothing shows nothing.
 */
export function isNamed(family: FamilyDescriptor, wanted: ReadonlySet<string>): boolean {
  const isWanted = (name: string): boolean => wanted.has(name);
  return shownNames(family, 'allow-utf-8').some(isWanted) || shownNames(family, 'underscores').some(isWanted);
}
