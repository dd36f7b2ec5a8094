/** Registry token: what connects one thread's registry to another's arena. */
import { inspect } from 'node:util';
import { LayoutMismatchError } from '../errors.js';
import type { Arena } from '../memory/arena.js';
import type { RegistrySettings } from './registry-options.js';

/** What connects another thread's Registry to this one's arena; can be posted to a worker. */
export interface RegistryToken {
  readonly arena: Arena['buffer'];
  readonly settings: RegistrySettings;
}

/** @throws LayoutMismatchError when `token` is not what registry.share() returns */
export function checkToken(token: RegistryToken): void {
  const { arena, settings }: Partial<RegistryToken> = token ?? {};
  if (arena !== undefined && typeof settings === 'object') return;
  throw new LayoutMismatchError(
    `cannot attach to ${inspect(token, { depth: 0 })}: pass what registry.share() returned`,
  );
}
