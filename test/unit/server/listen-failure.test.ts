import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AddressInUseError, ListenError } from '../../../src/server/index.js';
import { describeListenFailure, findListenFailure } from '../../../src/server/listen-failure.js';
import { freePort } from '../../integration/server-transports.js';

function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`bind ${code}`), { code });
}

describe('a failure to listen', () => {
  it('is an address in use when the system says so', () => {
    const error = describeListenFailure('0.0.0.0', 9464, systemError('EADDRINUSE'));
    assert.ok(error instanceof AddressInUseError);
    assert.match(error.message, /^0\.0\.0\.0 port 9464 is already in use/);
  });

  it('names host, port, the code of the system and what to do', () => {
    const error = describeListenFailure('127.0.0.1', 80, systemError('EACCES'));
    assert.ok(error instanceof ListenError);
    assert.match(
      error.message,
      /^cannot listen on 127\.0\.0\.1 port 80: EACCES, no permission; ports below 1024/,
    );
  });

  it('shows the message of the system when nothing better is known', () => {
    assert.match(
      describeListenFailure('h', 1, systemError('EWEIRD')).message,
      /port 1: EWEIRD, bind EWEIRD$/,
    );
    assert.match(describeListenFailure('h', 1, new Error('strange')).message, /port 1: strange$/);
  });

  it('that cannot be repeated says that a second attempt may work, and leaves the port free', async () => {
    const port = await freePort();
    for (let i = 0; i < 2; i++) {
      const error = await findListenFailure('127.0.0.1', port);
      assert.ok(error instanceof ListenError);
      assert.match(error.message, /is free now; try again$/);
    }
  });
});
