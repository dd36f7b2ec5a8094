import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProcessReader, thisProcess } from '../../../src/runtime/process-reading.js';
import type { ProcessReading } from '../../../src/runtime/process-reading.js';
import { FakeProcess } from './proc-fixtures.js';

function readingOf(change: (source: FakeProcess) => void = () => undefined): ProcessReading {
  const source = new FakeProcess();
  change(source);
  return new ProcessReader(source).read();
}

describe('a reading of a process', () => {
  it('has on Linux all that /proc says', () => {
    const { startedSeconds, ...reading } = readingOf();
    assert.ok(Math.abs(Date.now() / 1_000 - 100 - startedSeconds) < 2 && Number.isInteger(startedSeconds));
    assert.deepEqual(reading, {
      cpuUserSeconds: 1.5,
      cpuSystemSeconds: 0.25,
      residentBytes: 57_671_680,
      virtualBytes: 1_073_741_824,
      virtualMaxBytes: Infinity,
      dataBytes: 134_217_728,
      openFds: 20,
      maxFds: 1_024,
      threads: 11,
      networkReceivedBytes: 123_456_789,
      networkSentBytes: 987_654,
    });
  });

  it('has elsewhere what Node.js knows, and reads no file', () => {
    const given = readingOf(source => {
      source.platform = 'darwin';
    });
    const known = Object.entries(given).filter(([, value]) => value !== undefined);
    assert.deepEqual(known.map(([name]) => name).sort(), [
      'cpuSystemSeconds',
      'cpuUserSeconds',
      'residentBytes',
      'startedSeconds',
    ]);
    assert.equal(given.residentBytes, 64);
  });

  it('does without the files that it must not read', () => {
    const reading = readingOf(source => {
      for (const path of Object.keys(source.files)) source.files[path] = undefined;
      source.entries = undefined;
    });
    assert.deepEqual([reading.residentBytes, reading.openFds, reading.maxFds], [64, undefined, undefined]);
  });

  it('of this process is what Node.js says of it', () => {
    const { user, system } = process.cpuUsage();
    const reading = new ProcessReader(thisProcess()).read();
    assert.ok(reading.cpuUserSeconds >= user / 1e6 && reading.cpuSystemSeconds >= system / 1e6);
    assert.ok(Math.abs(reading.residentBytes! / process.memoryUsage.rss() - 1) < 0.2);
    if (process.platform === 'linux') assert.ok(reading.openFds! > 2 && reading.threads! > 1);
  });
});
