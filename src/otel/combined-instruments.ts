/** Combined instruments: instruments over others - several streams, whole numbers - for the few that need it. */
import type { Attributes } from '@opentelemetry/api';
import type { Adder, BoundAdder, BoundRecorder, Recorder } from './slot-instruments.js';

/** Each recording goes to every stream; to none, when views drop all of them. */
class ManyAdders implements Adder {
  constructor(private readonly adders: readonly Adder[]) {}

  add(value: number, attributes?: Attributes): void {
    for (const adder of this.adders) adder.add(value, attributes);
  }

  bind(attributes?: Attributes): BoundAdder {
    const bound = this.adders.map(adder => adder.bind(attributes));
    return { add: value => bound.forEach(one => one.add(value)) };
  }
}

class ManyRecorders implements Recorder {
  constructor(private readonly recorders: readonly Recorder[]) {}

  record(value: number, attributes?: Attributes): void {
    for (const recorder of this.recorders) recorder.record(value, attributes);
  }

  bind(attributes?: Attributes): BoundRecorder {
    const bound = this.recorders.map(recorder => recorder.bind(attributes));
    return { record: value => bound.forEach(one => one.record(value)) };
  }
}

/** For instruments of ValueType.INT: fractions are cut off, as the SDK does. */
class WholeAdder implements Adder {
  constructor(private readonly adder: Adder) {}

  add(value: number, attributes?: Attributes): void {
    this.adder.add(wholeOf(value), attributes);
  }

  bind(attributes?: Attributes): BoundAdder {
    const bound = this.adder.bind(attributes);
    return { add: value => bound.add(wholeOf(value)) };
  }
}

class WholeRecorder implements Recorder {
  constructor(private readonly recorder: Recorder) {}

  record(value: number, attributes?: Attributes): void {
    this.recorder.record(wholeOf(value), attributes);
  }

  bind(attributes?: Attributes): BoundRecorder {
    const bound = this.recorder.bind(attributes);
    return { record: value => bound.record(wholeOf(value)) };
  }
}

export function adderOf(adders: readonly Adder[], isWhole: boolean): Adder {
  const adder = adders.length === 1 ? adders[0]! : new ManyAdders(adders);
  return isWhole ? new WholeAdder(adder) : adder;
}

export function recorderOf(recorders: readonly Recorder[], isWhole: boolean): Recorder {
  const recorder = recorders.length === 1 ? recorders[0]! : new ManyRecorders(recorders);
  return isWhole ? new WholeRecorder(recorder) : recorder;
}

/** What is no number is left to the instrument, which says what it wants. */
export function wholeOf(value: number): number {
  return typeof value === 'number' ? Math.trunc(value) : value;
}
