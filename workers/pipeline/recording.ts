/**
 * What the stages of the pipeline record with: the part of a metric handle that they use. The handles of the registry
 * have these shapes; tests pass plain tallies.
 */

export interface CountHandle {
  inc(value?: number): void;
}

export interface LevelHandle {
  inc(value?: number): void;
  dec(value?: number): void;
}

export interface ObservationHandle {
  observe(value: number): void;
}
