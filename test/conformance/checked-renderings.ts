/**
 * Checked renderings: every rendering of this thread goes through the checker, and one that breaks a rule is an error.
 *
 * Installed by preload.ts, before the first module of a test. The cost is bounded: of a large body some families are
 * checked, another part each time, and a thread that has spent its time passes renderings over. Both are counted.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { threadId } from 'node:worker_threads';
import { EscapedNames } from '../../src/exposition/escaped-names.js';
import { OpenMetricsRenderer } from '../../src/exposition/openmetrics-text.js';
import { PrometheusProtobufRenderer } from '../../src/exposition/prometheus-protobuf.js';
import { TextRenderer } from '../../src/exposition/text-renderer.js';
import type { RenderedBody } from '../../src/registry/renderers.js';
import { sampleOf } from './body-sample.js';
import { checkExposition } from './check-exposition.js';
import type { CheckOptions } from './check-exposition.js';
import { noCounts, writeLedger } from './ledger.js';
import type { BoundForm, ConformanceFormat, Violation } from './rules.js';
import { reportOf } from './rules.js';
import { aroundRenderings } from './rendering-seam.js';

const BYTES_MAX = 64 * 1_024;
/** Checks may take this much time in a thread, and beyond it this share of its age. */
const FREE_MS = 2_000;
const TIME_SHARE = 0.2;
/** Counts go to the ledger at each power of two: a worker may be terminated before it can write its last ones. */
const isPowerOfTwo = (count: number): boolean => (count & (count - 1)) === 0;

const counts = noCounts();
let folder: string | undefined;
let spentMs = 0;
/** Those that the ledger knows of. */
const exemptions = new Set<string>();
/** What a test has asked for, for as long as what it runs takes. */
const wishes = new AsyncLocalStorage<{ readonly exemption?: string; readonly boundForm?: BoundForm }>();
/** Of the scheme in which the renderer at work is given its names. */
let escaping: string | undefined;

/** Checks every rendering of this thread from now on. Call it once. */
export function checkRenderings(ledger: string): void {
  folder = ledger;
  aroundRenderings(TextRenderer.prototype, (renderer, finish) =>
    checked(finish(), renderer instanceof OpenMetricsRenderer ? 'openmetrics-1.0.0' : 'text-0.0.4'),
  );
  aroundRenderings(PrometheusProtobufRenderer.prototype, (_, finish) => checked(finish(), 'protobuf'));
  aroundRenderings(EscapedNames.prototype, (renderer, finish) => {
    const outer = escaping;
    escaping = (renderer as unknown as { escaping: string }).escaping;
    try {
      return finish();
    } finally {
      escaping = outer;
    }
  });
  process.on('exit', writeCounts);
}

/** False in a process that was not started by the test run. */
export function areRenderingsChecked(): boolean {
  return folder !== undefined;
}

/** How many renderings of this thread have been checked so far. */
export function renderingsChecked(): number {
  return counts.checked;
}

/**
 * Runs a test without the check of what it renders.
 *
 * @param reason why its expositions need not conform, or why the check would be in its way: printed with the test run
 */
export function withUncheckedRenderings<T>(reason: string, action: () => T): T {
  if (folder !== undefined && !exemptions.has(reason)) writeLedger(folder, { kind: 'exempt', reason });
  exemptions.add(reason);
  return wishes.run({ ...wishes.getStore(), exemption: reason }, action);
}

/** Runs a test whose registries were asked for this spelling of `le`, in every format: any other one is a violation. */
export function withBoundForm<T>(boundForm: BoundForm, action: () => T): T {
  return wishes.run({ ...wishes.getStore(), boundForm }, action);
}

/** As checkExposition, in the spelling of bounds that the running test has wished for. */
export function checkRendered(
  bytes: Uint8Array,
  options: Omit<CheckOptions, 'boundForm'>,
): readonly Violation[] {
  const boundForm = wishes.getStore()?.boundForm ?? 'canonical';
  return checkExposition(bytes, { ...options, boundForm });
}

function checked(rendering: RenderedBody, format: ConformanceFormat): RenderedBody {
  check(rendering.body, format);
  return rendering;
}

function check(body: Uint8Array, format: ConformanceFormat): void {
  counts.rendered++;
  if (wishes.getStore()?.exemption !== undefined) counts.exempt++;
  else if (spentMs > FREE_MS && spentMs > performance.now() * TIME_SHARE) counts.passedOver++;
  else {
    const start = performance.now();
    const violations = violationsIn(body, format);
    spentMs += performance.now() - start;
    counts.checked++;
    if (violations.length > 0) refuse(violations, format);
  }
  if (isPowerOfTwo(counts.rendered)) writeCounts();
}

function violationsIn(body: Uint8Array, format: ConformanceFormat): readonly Violation[] {
  const { bytes, isCut, leftOut } = sampleOf(body, format, BYTES_MAX, counts.rendered);
  if (leftOut > 0) {
    counts.inPart++;
    counts.bytesLeftOut += leftOut;
  }
  return checkRendered(bytes, {
    format,
    isCut,
    isQuotingAllowed: escaping === undefined || escaping === 'allow-utf-8',
    isReservedAllowed: escaping !== undefined && escaping !== 'allow-utf-8',
  });
}

function refuse(violations: readonly Violation[], format: ConformanceFormat): never {
  const report = `a rendering is no valid ${format}:\n${reportOf(violations)}`;
  // Into the ledger too: whoever catches the error below may not be the test.
  writeLedger(folder!, { kind: 'violation', report });
  writeCounts();
  throw new Error(report);
}

function writeCounts(): void {
  if (counts.rendered > 0) writeLedger(folder!, { kind: 'counts', thread: threadId, counts });
}
