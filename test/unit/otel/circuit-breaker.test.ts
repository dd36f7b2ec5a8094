import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { BreakerSettings, BreakerState } from '../../../src/otel/circuit-breaker.js';
import { CircuitBreaker } from '../../../src/otel/circuit-breaker.js';
import { withMutant } from '../../model/stepping.js';

const SETTINGS: BreakerSettings = { failuresMax: 3, openMs: 100, successesMin: 2 };

function breakerAt(settings: Partial<BreakerSettings> = {}) {
  const clock = { nowMs: 0 };
  const states: BreakerState[] = [];
  const breaker = new CircuitBreaker(
    { ...SETTINGS, ...settings },
    () => clock.nowMs,
    state => states.push(state),
  );
  const fail = (times: number): void => {
    for (let i = 0; i < times; i++) if (breaker.begin()) breaker.failed();
  };
  return { breaker, clock, states, fail };
}

describe('a circuit breaker', () => {
  it('opens after so many failures in a row, and lets nothing through until its time has passed', () => {
    const { breaker, clock, states, fail } = breakerAt();
    fail(2);
    assert.equal(breaker.state, 'closed');
    fail(1);
    assert.equal(breaker.state, 'open');
    assert.equal(breaker.waitMs(), 100);
    clock.nowMs = 99;
    assert.equal(breaker.begin(), false);
    assert.equal(breaker.waitMs(), 1);
    clock.nowMs = 100;
    assert.equal(breaker.waitMs(), 0);
    assert.equal(breaker.begin(), true);
    assert.deepEqual(states, ['open', 'half_open']);
  });

  it('begins to count anew after each success', () => {
    const { breaker, fail } = breakerAt();
    fail(2);
    breaker.begin();
    breaker.succeeded();
    fail(2);
    assert.equal(breaker.state, 'closed');
  });

  it('closes after so many successes in a row, and opens again at the first failure before', () => {
    const { breaker, clock, states, fail } = breakerAt();
    fail(3);
    clock.nowMs = 100;
    breaker.begin();
    breaker.succeeded();
    assert.equal(breaker.state, 'half_open');
    fail(1);
    assert.equal(breaker.state, 'open');
    assert.equal(breaker.waitMs(), 100);
    clock.nowMs = 200;
    for (let i = 0; i < 2; i++) {
      assert.equal(breaker.begin(), true);
      breaker.succeeded();
    }
    assert.deepEqual(states, ['open', 'half_open', 'open', 'half_open', 'closed']);
  });
});

/** An attempt that succeeds or fails, or time that passes. */
type Step = 'succeed' | 'fail' | number;

const steps = fc.array(fc.oneof(fc.constantFrom<Step>('succeed', 'fail'), fc.integer({ min: 0, max: 120 })), {
  maxLength: 60,
});
const settings = fc.record({
  failuresMax: fc.integer({ min: 1, max: 4 }),
  openMs: fc.integer({ min: 1, max: 150 }),
  successesMin: fc.integer({ min: 1, max: 3 }),
});

/** What a state is, told by the history of attempts alone. */
function expectedState(history: readonly boolean[], { failuresMax, successesMin }: BreakerSettings): string {
  let state = 'closed';
  let run: boolean[] = [];
  for (const isSuccess of history) {
    // An attempt that was let through while open is the first one of half-open.
    if (state === 'open') state = 'half_open';
    run = run.at(-1) === isSuccess ? [...run, isSuccess] : [isSuccess];
    const before = state;
    if (state === 'closed' && !isSuccess && run.length >= failuresMax) state = 'open';
    if (state === 'half_open') {
      if (!isSuccess) state = 'open';
      else if (run.length >= successesMin) state = 'closed';
    }
    if (state !== before) run = [];
  }
  return state;
}

function checkHistories(): void {
  fc.assert(
    fc.property(steps, settings, (sequence, given) => {
      const { breaker, clock } = breakerAt(given);
      const history: boolean[] = [];
      let failedAtMs = Number.NEGATIVE_INFINITY;
      for (const step of sequence) {
        if (typeof step === 'number') {
          clock.nowMs += step;
          continue;
        }
        const isOpen = breaker.state === 'open';
        const isLetThrough = breaker.begin();
        assert.equal(isLetThrough, !isOpen || clock.nowMs - failedAtMs >= given.openMs);
        if (!isLetThrough) continue;
        if (step === 'fail') {
          breaker.failed();
          failedAtMs = clock.nowMs;
        } else breaker.succeeded();
        history.push(step === 'succeed');
        assert.equal(breaker.state, expectedState(history, given));
      }
    }),
  );
}

describe('any history of attempts', () => {
  it('leads to the state that its last streak decides', checkHistories);

  /** By what they do wrong: a method, and what stands in its place. */
  const MUTANTS: Record<string, [method: string, mutant: (this: CircuitBreaker) => unknown]> = {
    'lets everything through': ['begin', () => true],
    'never opens': ['failed', () => {}],
    'never closes': ['succeeded', () => {}],
    'reopens at once': ['waitMs', () => 0],
  };
  for (const [fault, [method, mutant]] of Object.entries(MUTANTS)) {
    it(`shows a breaker that ${fault}`, () => {
      withMutant(CircuitBreaker.prototype, method, mutant, () => assert.throws(checkHistories));
    });
  }
});
