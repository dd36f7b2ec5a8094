import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { provideDefaultRegistrar, registrarOf } from '../../../src/primitives/registrar.js';
import type { Registrar } from '../../../src/primitives/registrar.js';

const named = (name: string): Registrar => ({ name }) as unknown as Registrar;

describe('the registry of a metric', () => {
  it('is missing while nobody has loaded the main entry', () => {
    assert.throws(
      () => registrarOf(undefined),
      /no default registry: import metrics from the package's main entry/,
    );
  });

  it('is the one it names, or the default one', () => {
    const [own, standard] = [named('own'), named('standard')];
    provideDefaultRegistrar(() => standard);
    assert.equal(registrarOf(undefined), standard);
    assert.equal(registrarOf([own]), own);
  });

  it('is no lonely registry, nor anything else in a list', () => {
    for (const registers of [named('a'), null, 'a', [undefined], [5]]) {
      assert.throws(() => registrarOf(registers as never), {
        name: 'TypeError',
        message: /^registers is .*; it must be an array with one Registry$/,
      });
    }
  });

  it('is exactly one', () => {
    for (const registers of [[], [named('a'), named('b')]]) {
      assert.throws(() => registrarOf(registers), {
        message: `registers has ${registers.length} registries; a metric lives in the slots of exactly one`,
      });
    }
  });
});
