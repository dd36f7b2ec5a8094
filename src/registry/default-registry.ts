/**
 * The default registry: the same in every thread of a process, with no wiring.
 *
 * The arena travels by `setEnvironmentData`, which a worker inherits when it is created; copies of the package in one
 * thread meet through a symbol. A worker that inherited nothing started before its parent loaded the package (or its
 * parent uses another layout version): it gets a registry of its own, and says so - totals are never split silently.
 */
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';
import { ConfigurationError, MetricsError } from '../errors.js';
import { attachArena, createArena } from '../memory/arena.js';
import type { Arena } from '../memory/arena.js';
import { expectWorkersOn } from '../memory/attachment.js';
import { LAYOUT_VERSION } from '../memory/layout.js';
import { hasCreatedWorkers, watchWorkerExits } from '../memory/worker-exits.js';
import { provideDefaultRegistrar } from '../primitives/registrar.js';
import { warn } from './cardinality.js';
import { PROMETHEUS_CONTENT_TYPE } from './content-types.js';
import type { RegistryContentType } from './content-types.js';
import { Registry } from './registry.js';
import type { RegistryOptions, RegistrySettings } from './registry-options.js';
import { limitsFor, settingsFrom, sizesFor } from './registry-options.js';
import { checkToken } from './registry-token.js';
import type { RegistryToken } from './registry-token.js';

/** Limits of a registry for one metric of one thread: what it does not use takes address space only. */
const UNLISTED: RegistryOptions = {
  seriesMax: 10_000,
  familySeriesMax: 10_000,
  familiesMax: 10,
  threadsMax: 1,
  stripeBytes: 16 * 1_024 * 1_024,
};
const ENVIRONMENT_KEY = 'threadtally.register';
const holderKey = Symbol.for(`threadtally.register.${LAYOUT_VERSION}`);

interface Found {
  readonly arena: Arena;
  readonly settings: RegistrySettings;
  /** Set when this thread's totals are not those of its parent; said at the first use. */
  readonly splitReason: string | undefined;
}

/** What the copies of the package in one thread share. */
interface Holder {
  token?: RegistryToken;
  inUse: boolean;
  /** True in a worker that has the registry of its parent. */
  isInherited?: boolean;
  /** True once attachRegister has replaced the registry. */
  isAttached?: boolean;
  splitReason?: string;
}

const holder: Holder = ((globalThis as { [holderKey]?: Holder })[holderKey] ??= { inUse: false });

/** What `register.contentType` is, at any time. Set it by `register.setContentType()`. */
export let contentType: RegistryContentType = PROMETHEUS_CONTENT_TYPE;

/** The registry of metrics that name none. */
export const register = Registry.over(
  () => {
    const found = find();
    holder.inUse = true;
    if (found.splitReason !== undefined) warn(splitMessage(found.splitReason), 'THREADTALLY_SPLIT_REGISTRY');
    return found;
  },
  type => {
    contentType = type;
  },
);

/**
 * Sets the limits of the default registry. Call it once, in the main thread, before the first metric is defined and
 * before workers are created (one created in the same turn of the event loop is not noticed). In a worker that has
 * inherited the registry it does nothing: its limits are set.
 *
 * @throws ConfigurationError listing every problem, or when the default registry is in use, or workers have inherited
 *   it already and would stay with the old one; it stays as it is
 */
export function configureRegister(options: RegistryOptions): void {
  const settings = settingsFrom(options);
  if (holder.isInherited === true) return;
  const problems: string[] = [];
  if (holder.inUse) problems.push('it is in use; configure it before the first metric is defined');
  else if (holder.isAttached === true)
    problems.push('it was attached; its limits are those of the thread that shared it');
  if (hasCreatedWorkers()) problems.push('workers have inherited it; configure it before they are created');
  if (problems.length > 0) throw new ConfigurationError('default registry', problems);
  adopt(newToken(settings));
}

/**
 * Makes the default registry of this thread that of a token. For a worker that started before its parent loaded the
 * package: the parent sends `register.share()` and calls `register.watch(worker)`.
 *
 * @throws LayoutMismatchError when the token is none; ConfigurationError when metrics were recorded here already
 */
export function attachRegister(token: RegistryToken): void {
  checkToken(token);
  const wanted = attachArena(token.arena).identity;
  const current = holder.token === undefined ? undefined : attachArena(holder.token.arena).identity;
  if (wanted === current) return;
  if (holder.inUse) {
    throw new ConfigurationError('default registry', [
      'metrics of this thread are in another registry already; call attachRegister before the first metric is defined',
    ]);
  }
  adopt(token);
  holder.isAttached = true;
}

function find(): Found {
  const token = holder.token!;
  return { arena: attachArena(token.arena), settings: token.settings, splitReason: holder.splitReason };
}

function adopt(token: RegistryToken): void {
  holder.token = token;
  delete holder.splitReason;
  expectWorkersOn(attachArena(token.arena));
  setEnvironmentData(ENVIRONMENT_KEY, token as never);
}

function newToken(settings: RegistrySettings): RegistryToken {
  return { arena: createArena(sizesFor(settings), limitsFor(settings)).buffer, settings };
}

/** Why this worker cannot use what it inherited; undefined when it can, or when it is the main thread. */
function splitReasonOf(inherited: unknown): string | undefined {
  if (isMainThread) return undefined;
  if (inherited === undefined) return 'it was created before its parent loaded threadtally';
  try {
    attachArena((inherited as RegistryToken).arena);
    return undefined;
  } catch (error) {
    if (!(error instanceof MetricsError)) throw error;
    return error.message;
  }
}

function splitMessage(reason: string): string {
  return (
    `it records into a registry of its own, its metrics are missing from the others: ${reason}. ` +
    `Import threadtally in the parent before it creates workers, or send register.share() to this worker, call ` +
    `attachRegister(token) here before the first metric is defined, and register.watch(worker) in the parent.`
  );
}

/** Runs when the package is loaded: from here on, new workers of this thread inherit the arena. */
function load(): void {
  watchWorkerExits();
  Registry.globalRegistry = register;
  provideDefaultRegistrar({ register: () => register, unlisted: () => new Registry(UNLISTED) });
  if (holder.token !== undefined) return;
  const inherited: unknown = getEnvironmentData(ENVIRONMENT_KEY);
  const splitReason = splitReasonOf(inherited);
  if (inherited !== undefined && splitReason === undefined) {
    holder.token = inherited as RegistryToken;
    holder.isInherited = true;
    expectWorkersOn(attachArena(holder.token.arena));
    return;
  }
  adopt(newToken(settingsFrom({})));
  if (splitReason !== undefined) holder.splitReason = splitReason;
}

load();
