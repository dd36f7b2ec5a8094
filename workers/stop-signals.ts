/**
 * Ctrl-C and SIGTERM: the first one stops the job gracefully, a second one ends the process at once.
 *
 * Under `npm start` one Ctrl-C arrives twice: from the terminal, which signals the whole process group, and from npm,
 * which passes it on. So a second signal counts only when it comes clearly later than the first.
 */

const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

export type StopSignal = keyof typeof SIGNALS;

const REPEAT_MS_MIN = 500;

/** What a shell shows for a process that a signal ended: 130 for Ctrl-C. */
const SIGNAL_STATUS_BASE = 128;

export interface StopSignalsOptions {
  readonly nowMs: () => number;
  readonly onStop: (signal: StopSignal) => void;
  readonly exit: (status: number) => void;
}

export class StopSignals {
  private firstMs: number | undefined;
  private readonly options: StopSignalsOptions;

  constructor(options: StopSignalsOptions) {
    this.options = options;
  }

  receive(signal: StopSignal): void {
    const nowMs = this.options.nowMs();
    if (this.firstMs === undefined) {
      this.firstMs = nowMs;
      this.options.onStop(signal);
    } else if (nowMs - this.firstMs >= REPEAT_MS_MIN) {
      this.options.exit(SIGNAL_STATUS_BASE + SIGNALS[signal]);
    }
  }

  /** Signal listeners do not keep a process alive, so nothing has to be undone at the end. */
  listen(target: NodeJS.Process): void {
    for (const signal of Object.keys(SIGNALS) as StopSignal[]) {
      target.on(signal, () => this.receive(signal));
    }
  }
}
