/** Given registry: the registry that a configuration names, which a worker may have as a token. */
import { register } from '../registry/default-registry.js';
import { Registry } from '../registry/registry.js';
import type { RegistryToken } from '../registry/registry-token.js';

export function registryOf({ registry }: { readonly registry?: Registry | RegistryToken }): Registry {
  if (registry === undefined) return register;
  return isToken(registry) ? Registry.attach(registry) : registry;
}

export function isToken(registry: Registry | RegistryToken): registry is RegistryToken {
  return 'arena' in registry;
}
