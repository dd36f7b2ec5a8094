/** Slot observable: an observable instrument, as a library holds it. */
import type { Observable, ObservableCallback } from '@opentelemetry/api';
import type { ObservedSeries } from './observed-series.js';

/** One stream of an observable instrument. */
export interface ObservedStream {
  readonly series: ObservedSeries;
  readonly instrument: string;
  readonly isKept: ((key: string) => boolean) | undefined;
}

export class SlotObservable implements Observable {
  readonly callbacks = new Set<ObservableCallback>();

  constructor(
    readonly name: string,
    readonly streams: readonly ObservedStream[],
    readonly isWhole: boolean,
    private readonly owner: { follow(instrument: SlotObservable): void },
  ) {}

  addCallback(callback: ObservableCallback): void {
    this.callbacks.add(callback);
    this.owner.follow(this);
  }

  removeCallback(callback: ObservableCallback): void {
    this.callbacks.delete(callback);
  }
}
