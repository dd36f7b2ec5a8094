/**
 * Progress on stderr: a bar that is drawn over on a terminal, a line now and then elsewhere (a log would keep every
 * frame of the bar).
 */

export interface ProgressState {
  readonly eventCount: number;
  readonly elapsedMs: number;
  /** 0..1; undefined where nobody knows the length of the input. */
  readonly doneRatio: number | undefined;
}

/** The part of a terminal, or of any other output, that progress needs. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const BAR_INTERVAL_MS = 100;
const LINE_INTERVAL_MS = 5_000;
const BAR_WIDTH_MAX = 40;
/** Also for a terminal that says 0, as one without a window does. */
const COLUMNS_DEFAULT = 80;
const CLEAR_LINE = '\r\u001b[K';

export class Progress {
  private readonly output: ProgressOutput;
  private readonly state: () => ProgressState;
  private timer: NodeJS.Timeout | undefined;

  constructor(output: ProgressOutput, state: () => ProgressState) {
    this.output = output;
    this.state = state;
  }

  start(): void {
    this.timer = setInterval(() => this.draw(), this.output.isTTY ? BAR_INTERVAL_MS : LINE_INTERVAL_MS);
    // Progress alone is no reason to stay alive.
    this.timer.unref();
  }

  /** Removes the bar; the next output starts on an empty line. */
  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.clear();
  }

  /** Prints a line without leaving pieces of the bar in it. */
  print(line: string): void {
    this.clear();
    this.output.write(`${line}\n`);
    if (this.timer !== undefined && this.output.isTTY) this.draw();
  }

  private clear(): void {
    if (this.output.isTTY) this.output.write(CLEAR_LINE);
  }

  private draw(): void {
    if (this.output.isTTY) {
      this.output.write(CLEAR_LINE + renderBar(this.state(), this.output.columns || COLUMNS_DEFAULT));
    } else {
      this.output.write(`${renderLine(this.state())}\n`);
    }
  }
}

export function renderLine(state: ProgressState): string {
  const done = state.doneRatio === undefined ? '' : `${percent(state.doneRatio)} done, `;
  return `${done}${count(state.eventCount)} events processed, ${rate(state)} events/s`;
}

/** Never wider than the terminal less one column: a full line would wrap, and the next bar stand below it. */
export function renderBar(state: ProgressState, columns: number): string {
  const line = renderLine(state);
  if (state.doneRatio === undefined) return line.slice(0, Math.max(0, columns - 1));
  const width = Math.min(BAR_WIDTH_MAX, columns - 1 - line.length - '[] '.length);
  if (width < 1) return line.slice(0, Math.max(0, columns - 1));
  const filled = Math.round(Math.min(1, Math.max(0, state.doneRatio)) * width);
  return `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}] ${line}`;
}

/** With thousands separators, the same on every machine. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function rate({ eventCount, elapsedMs }: Pick<ProgressState, 'eventCount' | 'elapsedMs'>): string {
  return elapsedMs > 0 ? count(Math.round((eventCount * 1000) / elapsedMs)) : '0';
}

function percent(ratio: number): string {
  return `${Math.floor(ratio * 100)} %`;
}
