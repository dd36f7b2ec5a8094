import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseLimits, parseNetwork, parseStatus } from '../../../src/runtime/proc-files.js';
import { LIMITS, NETSTAT, STATUS } from './proc-fixtures.js';

describe('/proc/self/status', () => {
  it('has sizes in kB, and the number of threads', () => {
    assert.deepEqual(parseStatus(STATUS), {
      residentBytes: 56_320 * 1024,
      virtualBytes: 1_048_576 * 1024,
      dataBytes: 131_072 * 1024,
      threads: 11,
    });
  });

  it('gives no value that it does not have, or in another unit', () => {
    const nothing = {
      residentBytes: undefined,
      virtualBytes: undefined,
      dataBytes: undefined,
      threads: undefined,
    };
    assert.deepEqual(parseStatus(''), nothing);
    assert.deepEqual(parseStatus('VmRSS:\t  12 MB\nThreads:\tmany\n'), nothing);
  });

  it('is not misled by a program that is called as a field', () => {
    const text = `Name:\tVmRSS:\t 1 kB\n${STATUS}`;
    assert.equal(parseStatus(text).residentBytes, 56_320 * 1024);
  });
});

describe('/proc/self/limits', () => {
  it('has the soft limits', () => {
    assert.deepEqual(parseLimits(LIMITS), { openFiles: 1_024, addressSpaceBytes: Infinity });
    const limited = LIMITS.replace(
      'Max address space         unlimited',
      'Max address space         8589934592',
    );
    assert.equal(parseLimits(limited).addressSpaceBytes, 8_589_934_592);
  });

  it('gives no limit that it does not have', () => {
    assert.deepEqual(parseLimits(''), { openFiles: undefined, addressSpaceBytes: undefined });
    assert.equal(parseLimits('Max open files            none                 none').openFiles, undefined);
  });
});

describe('/proc/self/net/netstat', () => {
  it('has bytes under the names of the line above', () => {
    assert.deepEqual(parseNetwork(NETSTAT), { receivedBytes: 123_456_789, sentBytes: 987_654 });
  });

  it('gives no value when names or numbers are missing', () => {
    const nothing = { receivedBytes: undefined, sentBytes: undefined };
    for (const text of [
      '',
      'IpExt: InOctets OutOctets\n',
      'TcpExt: InOctets\nTcpExt: 1\n',
      'IpExt: A\nIpExt: 1\n',
    ])
      assert.deepEqual(parseNetwork(text), nothing, JSON.stringify(text));
    assert.deepEqual(parseNetwork('IpExt: InOctets OutOctets\nIpExt: x 3\n'), {
      receivedBytes: undefined,
      sentBytes: 3,
    });
  });
});
