import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LayoutMismatchError, Registry } from '../../../src/index.js';
import type { RegistryToken } from '../../../src/index.js';
import { checkToken } from '../../../src/registry/registry-token.js';

describe('a registry token', () => {
  it('is what share() returns, also after it was posted to another thread', () => {
    const token = new Registry({ seriesMax: 5 }).share();
    checkToken(token);
    const posted = structuredClone(token);
    checkToken(posted);
    assert.deepEqual(posted.settings, token.settings);
    assert.equal(Registry.attach(posted).cardinality().seriesMax, 5);
  });

  it('is nothing else', () => {
    const { arena, settings } = new Registry().share();
    for (const value of [undefined, null, 0, 'token', {}, arena, { arena }, { settings }]) {
      assert.throws(
        () => checkToken(value as unknown as RegistryToken),
        (error: unknown) => {
          assert.ok(error instanceof LayoutMismatchError);
          assert.match(error.message, /^cannot attach to .*: pass what registry\.share\(\) returned$/s);
          return true;
        },
      );
    }
  });
});
