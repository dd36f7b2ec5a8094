/**
 * Observables: the observable instruments of a provider in one thread, and when their callbacks run.
 *
 * The callbacks run in this thread before any thread scrapes or pushes, as collect callbacks of metrics do: a thread that is
 * late, blocked or gone holds nobody up, and its last values stand. An instrument is collected by itself, so that one whose
 * callback is slow, or never ends, holds up no other; instruments of batch callbacks are collected together.
 */
import type { BatchObservableCallback, Observable } from '@opentelemetry/api';
import { diag } from '@opentelemetry/api';
import type { Registry } from '../registry/registry.js';
import type { Batch } from './observed-group.js';
import { ObservedGroup } from './observed-group.js';
import { SlotObservable } from './slot-observable.js';

/** By what name failures of batch callbacks are told and counted. */
const BATCHES = 'batch callbacks';

export class Observables {
  /** Of each instrument that has, or had, callbacks. */
  private readonly groups = new Map<SlotObservable, ObservedGroup>();
  private readonly batched = new ObservedGroup();
  private readonly stops = new Map<ObservedGroup, () => void>();
  private readonly names = new WeakMap<ObservedGroup, string>();
  private isClosed = false;

  constructor(private readonly registry: Registry) {}

  /** Collects an instrument from now on. */
  follow(instrument: SlotObservable): void {
    this.join(instrument, this.groups.get(instrument) ?? new ObservedGroup(), instrument.name);
  }

  addBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    const instruments = ownOf(observables);
    // The specification forbids those of other providers, and to throw.
    if (instruments.size < observables.length)
      diag.warn('a batch callback names instruments that are not of this provider; they stay without values');
    this.removeBatch(callback, observables);
    if (this.isClosed) return;
    this.batched.batches = [...this.batched.batches, { callback, instruments }];
    for (const instrument of instruments) this.join(instrument, this.batched, BATCHES);
  }

  removeBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    const own = ownOf(observables);
    const isRemoved = (batch: Batch): boolean =>
      batch.callback === callback &&
      batch.instruments.size === own.size &&
      [...own].every(one => batch.instruments.has(one));
    this.batched.batches = this.batched.batches.filter(batch => !isRemoved(batch));
  }

  /** Ends the callbacks. Values of gauges end with them. */
  close(): void {
    this.isClosed = true;
    for (const stop of this.stops.values()) stop();
    for (const group of this.stops.keys()) group.close();
    this.stops.clear();
    this.groups.clear();
  }

  /** Collects an instrument with a group, and no more with another one. */
  private join(instrument: SlotObservable, group: ObservedGroup, name: string): void {
    if (this.isClosed) return;
    const before = this.groups.get(instrument);
    if (before !== undefined && before !== group) {
      before.instruments.delete(instrument);
      this.stops.get(before)?.();
      this.stops.delete(before);
    }
    group.instruments.add(instrument);
    this.groups.set(instrument, group);
    let collection = this.names.get(group);
    if (collection === undefined) this.names.set(group, (collection = nameIn(this.registry, name)));
    // Each time: a registry that was cleared since has forgotten it.
    this.stops.set(
      group,
      this.registry.onCollect(collection, () => group.collect()),
    );
  }
}

function ownOf(observables: readonly Observable[]): ReadonlySet<SlotObservable> {
  return new Set(observables.filter(one => one instanceof SlotObservable));
}

const namesIn = new WeakMap<Registry, Map<string, number>>();

/** A name for what a registry collects: no metric has it, and under one name a second callback would replace the first. */
function nameIn(registry: Registry, instrument: string): string {
  const names = namesIn.get(registry) ?? new Map<string, number>();
  namesIn.set(registry, names);
  const number = (names.get(instrument) ?? 0) + 1;
  names.set(instrument, number);
  return `${instrument} (OpenTelemetry${number === 1 ? '' : ` ${number}`})`;
}
