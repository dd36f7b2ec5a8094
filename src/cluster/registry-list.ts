/** Registry list: one registry or several, as other client libraries take them. */
import { Registry } from '../registry/registry.js';

/** @throws TypeError when something of it is no registry */
export function checkRegistries(registries: Registry | readonly Registry[]): readonly Registry[] {
  const list: readonly unknown[] = Array.isArray(registries)
    ? [...(registries as readonly Registry[])]
    : [registries];
  for (const one of list) {
    if (!(one instanceof Registry))
      throw new TypeError(`Expected Registry, got ${typeof one}: pass a registry or an array of them`);
  }
  return list as readonly Registry[];
}
