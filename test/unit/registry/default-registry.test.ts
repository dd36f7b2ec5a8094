import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ConfigurationError,
  Counter,
  LayoutMismatchError,
  Registry,
  attachRegister,
  configureRegister,
  register,
} from '../../../src/index.js';
import type { RegistryToken } from '../../../src/index.js';
import { sampleLines } from '../sample-lines.js';

// The order of these tests matters: the default registry exists once in this process.
describe('the default registry', () => {
  it('can be configured until it is in use, the last time counts', () => {
    configureRegister({ seriesMax: 50 });
    configureRegister({ seriesMax: 60, familiesMax: 7 });
  });

  it('refuses wrong options and tokens, and stays as it is', () => {
    assert.throws(() => configureRegister({ seriesMax: -1 }), ConfigurationError);
    for (const token of [undefined, null, {}, { arena: new SharedArrayBuffer(8) }]) {
      assert.throws(() => attachRegister(token as unknown as RegistryToken), LayoutMismatchError);
    }
  });

  it('can be that of a token until it is in use', () => {
    const shared = new Registry({ seriesMax: 70, familiesMax: 8 });
    attachRegister(shared.share());
    new Counter({ name: 'c', help: 'C.' }).inc();
    assert.deepEqual(sampleLines(shared), ['c 1']);
    assert.deepEqual(sampleLines(register), ['c 1']);
    assert.deepEqual([register.cardinality().seriesMax, register.cardinality().familiesMax], [70, 8]);
  });

  it('is where metrics go that name no registry', () => {
    assert.equal(register.getSingleMetric('c')?.name, 'c');
    assert.throws(
      () => new Counter({ name: 'c', help: 'C.' }),
      /A metric with the name c has already been registered\./,
    );
  });

  it('cannot be changed once it is in use, but attached to itself again', () => {
    assert.throws(() => configureRegister({ seriesMax: 80 }), {
      code: 'ERR_CONFIGURATION',
      message: 'default registry: it is in use; configure it before the first metric is defined',
    });
    assert.throws(() => attachRegister(new Registry().share()), {
      code: 'ERR_CONFIGURATION',
      message:
        'default registry: metrics of this thread are in another registry already; call attachRegister before the first ' +
        'metric is defined',
    });
    attachRegister(register.share());
    assert.deepEqual(sampleLines(register), ['c 1']);
  });
});
