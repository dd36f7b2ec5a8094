import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Progress, renderBar, renderLine, type ProgressState } from '../../../workers/progress.js';

const HALF: ProgressState = { eventCount: 12_345, elapsedMs: 1_000, doneRatio: 0.5 };

class RecordingOutput {
  text = '';

  constructor(readonly isTTY: boolean) {}

  write(text: string): void {
    this.text += text;
  }
}

describe('renderLine', () => {
  it('says how much of the input is done, where that is known', () => {
    assert.equal(renderLine(HALF), '50 % done, 12,345 events processed, 12,345 events/s');
    assert.equal(renderLine({ ...HALF, doneRatio: undefined }), '12,345 events processed, 12,345 events/s');
  });

  it('has no rate before any time has passed', () => {
    assert.equal(
      renderLine({ eventCount: 0, elapsedMs: 0, doneRatio: undefined }),
      '0 events processed, 0 events/s',
    );
  });
});

describe('renderBar', () => {
  it('draws the share that is done', () => {
    const bar = renderBar(HALF, 75);
    assert.match(bar, /^\[#+-+\] 50 % done/);
    assert.equal(bar.split('#').length, bar.split('-').length);
  });

  it('is never wider than the terminal less one column', () => {
    const states = fc.record({
      eventCount: fc.nat(),
      elapsedMs: fc.nat(),
      doneRatio: fc.option(fc.double({ min: -1, max: 2, noNaN: true }), { nil: undefined }),
    });
    fc.assert(
      fc.property(states, fc.integer({ min: 1, max: 300 }), (state, columns) => {
        assert.ok(renderBar(state, columns).length <= columns - 1);
      }),
    );
  });
});

describe('Progress', () => {
  it('writes plain lines where there is no terminal', () => {
    const output = new RecordingOutput(false);
    const progress = new Progress(output, () => HALF);
    progress.start();
    progress.print('hello');
    progress.stop();
    assert.equal(output.text, 'hello\n');
  });

  it('clears the bar before a line on a terminal and draws it again behind', () => {
    const output = new RecordingOutput(true);
    const progress = new Progress(output, () => HALF);
    progress.start();
    progress.print('hello');
    progress.stop();
    const [beforeLine, line, behindBar, end] = output.text.split('\r\u001b[K');
    assert.deepEqual([beforeLine, line, end], ['', 'hello\n', '']);
    assert.match(behindBar, /^\[#+-+\] 50 % done/);
  });
});
