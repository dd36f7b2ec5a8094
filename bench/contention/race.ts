/** Race: rounds in which threads start together. */
import type { Runner } from './runner.js';
import type { StartLine } from './start-line.js';
import type { Stint } from './thread.js';

export class Race {
  callsMade = 0;
  private round = 0;

  constructor(
    private readonly startLine: StartLine,
    readonly calls: number,
  ) {}

  /** Every runner makes its calls at the same time. */
  async run(runners: readonly Runner[]): Promise<Stint[]> {
    const round = { number: ++this.round, calls: this.calls };
    const prepared = await Promise.all(runners.map(runner => runner.prepare(round)));
    this.startLine.start(round.number);
    this.callsMade += runners.length * this.calls;
    return Promise.all(prepared.map(({ stint }) => stint));
  }
}
