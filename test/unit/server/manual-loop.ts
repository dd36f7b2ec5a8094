/** An event loop whose turns end when a test says so. */
export class ManualLoop {
  private waiting: (() => void)[] = [];

  readonly endOfTurn = (turn: () => void): void => void this.waiting.push(turn);

  /** Nothing is left to be done by itself. */
  get isIdle(): boolean {
    return this.waiting.length === 0;
  }

  /** What was to be done at the end of this turn; what that asks for comes at the end of the next one. */
  turn(): void {
    const due = this.waiting;
    this.waiting = [];
    for (const each of due) each();
  }
}
