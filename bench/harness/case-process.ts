/**
 * Case process: one measurement in a fresh process, so that no case meets the types, the compiled code or the heap that
 * another one left behind.
 *
 * This file is the parent's side, case-reporter.ts the child's.
 */
import { fork } from 'node:child_process';
import type { Area, CaseOutcome, CaseRequest } from './bench-case.js';

const TIMEOUT_MS = 300_000;
const ERROR_LINES = 30;

/** The case failed: it does not add up, or it threw. Nothing of it may be reported. */
export class CaseFailedError extends Error {
  override readonly name = 'CaseFailedError';
}

/** Runs one case once. Rejects with CaseFailedError unless its process reported, verified, and ended with status 0. */
export function runCaseProcess(area: Area, request: CaseRequest): Promise<CaseOutcome> {
  const child = fork(area.processFile, [JSON.stringify(request)], {
    execArgv: ['--expose-gc', ...area.execArgv],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: TIMEOUT_MS,
  });
  const errors: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  let outcome: CaseOutcome | undefined;
  child.on('message', message => {
    outcome = message as CaseOutcome;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0 && outcome !== undefined) resolve(outcome);
      else reject(failureOf(area, request, `ended with ${code ?? signal}`, errors.join('')));
    });
  });
}

function failureOf(area: Area, request: CaseRequest, ending: string, errors: string): CaseFailedError {
  const tail = errors.trim().split('\n').slice(-ERROR_LINES).join('\n');
  return new CaseFailedError(`${area.name} ${request.id} ${ending}\n${tail}`);
}
