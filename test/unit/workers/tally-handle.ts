/** A metric handle without a registry: for tests of stages that record. */
export class TallyHandle {
  value = 0;

  inc(value = 1): void {
    this.value += value;
  }

  dec(value = 1): void {
    this.value -= value;
  }

  /** Counts observations. */
  observe(): void {
    this.value++;
  }
}
