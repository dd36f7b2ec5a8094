/** Case reporter: the child's side of a case process. */
import type { CaseOutcome, CaseReport, CaseRequest } from './bench-case.js';
import { PeerUnavailableError, refuseWrongTotals } from './bench-case.js';

/** Measures the case that the parent asked for, and sends its report - unless it does not add up. */
export async function reportCase(measureCase: (request: CaseRequest) => Promise<CaseReport>): Promise<void> {
  const request = JSON.parse(process.argv[2]) as CaseRequest;
  const outcome = await outcomeOf(request, measureCase);
  // The callback runs when the parent's end of the pipe has it; leaving before that could lose the report.
  process.send?.(outcome, () => process.exit(0));
}

async function outcomeOf(
  request: CaseRequest,
  measureCase: (request: CaseRequest) => Promise<CaseReport>,
): Promise<CaseOutcome> {
  try {
    const report = await measureCase(request);
    refuseWrongTotals(request.id, report.checks);
    return report;
  } catch (error) {
    if (error instanceof PeerUnavailableError) return { unavailable: error.message };
    throw error;
  }
}
