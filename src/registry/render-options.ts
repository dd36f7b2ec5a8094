/** Render options: what one scrape may set for itself, checked all at once before any callback runs. */
import { inspect } from 'node:util';
import { ConfigurationError } from '../errors.js';
import { unknownNameProblems } from '../primitives/option-names.js';
import type { CollectOptions } from './collection.js';
import { COLLECT_TIMEOUT_MS, rangeProblem } from './registry-options.js';

export interface ScrapeOptions extends CollectOptions {
  /**
   * Shows only the families of these names; `x` and `x_bucket` name the histogram `x`, as the names of its samples do in
   * each type. Callbacks run for all families. Default: all families.
   */
  readonly names?: readonly string[] | undefined;
  /**
   * What is left of the time in which the scraper wants its answer, 1..600,000 ms. The wait for collect callbacks takes
   * three quarters of it at most. Default: no limit beside collectTimeoutMs.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Ends the scrape when nobody wants its answer any more: it rejects with the signal's reason when the event loop turns
   * next in it. Callbacks that run already are not interrupted. Default: none.
   */
  readonly signal?: AbortSignal | undefined;
}

export interface RenderOptions extends ScrapeOptions {
  /** The Accept header of the scraper, which chooses the format. Default: the text format 0.0.4. */
  readonly accept?: string | undefined;
}

const SCRAPE_TIMEOUT_MS = [1, 600_000] as const;
/** The rest is for rendering, compressing and sending. */
const COLLECT_SHARE = 0.75;

type Check = (name: string, value: unknown) => string | undefined;

const CHECKS: Readonly<Record<keyof ScrapeOptions, Check>> = {
  collectTimeoutMs: (name, value) => rangeProblem(name, value, COLLECT_TIMEOUT_MS),
  names: namesProblem,
  timeoutMs: (name, value) => rangeProblem(name, value, SCRAPE_TIMEOUT_MS),
  signal: signalProblem,
};
const RENDER_CHECKS: Readonly<Record<keyof RenderOptions, Check>> = { ...CHECKS, accept: acceptProblem };

/** @throws ConfigurationError naming every option that is none, or has a wrong value */
export function checkScrapeOptions(options: ScrapeOptions): void {
  refuseProblems(options, CHECKS);
}

/** @throws ConfigurationError naming every option that is none, or has a wrong value */
export function checkRenderOptions(options: RenderOptions): void {
  refuseProblems(options, RENDER_CHECKS);
}

/** How long a scrape waits for collect callbacks. */
export function collectTimeoutOf(
  { collectTimeoutMs, timeoutMs = Infinity }: ScrapeOptions,
  registryTimeoutMs: number,
): number {
  const share = Math.max(1, Math.floor(timeoutMs * COLLECT_SHARE));
  return Math.min(collectTimeoutMs ?? registryTimeoutMs, share);
}

function refuseProblems(options: object, checks: Readonly<Record<string, Check>>): void {
  // Made when there is one: a scrape that is in order leaves nothing to the collector here.
  let problems: string[] | undefined;
  let hasStranger = false;
  for (const name in options) {
    if (!Object.hasOwn(options, name)) continue;
    if (!Object.hasOwn(checks, name)) {
      hasStranger = true;
      continue;
    }
    const problem = checks[name]!(name, (options as Record<string, unknown>)[name]);
    if (problem !== undefined) (problems ??= []).push(problem);
  }
  const unknown = hasStranger ? unknownNameProblems(options, Object.keys(checks), 'a scrape') : [];
  if (unknown.length > 0) problems = [...unknown, ...(problems ?? [])];
  if (problems !== undefined) throw new ConfigurationError('scrape options', problems);
}

function namesProblem(name: string, value: unknown): string | undefined {
  if (value === undefined || (Array.isArray(value) && value.every(item => typeof item === 'string')))
    return undefined;
  return `${name} is ${inspect(value)}; it must be an array of names`;
}

function acceptProblem(name: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return undefined;
  return `${name} is ${inspect(value)}; it must be the text of an Accept header`;
}

function signalProblem(name: string, value: unknown): string | undefined {
  // By its shape: a signal of another realm is as good.
  if (value === undefined || typeof (value as AbortSignal | null)?.throwIfAborted === 'function')
    return undefined;
  return `${name} is ${inspect(value)}; it must be an AbortSignal`;
}
