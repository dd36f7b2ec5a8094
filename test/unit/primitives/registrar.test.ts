import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import promClient from 'prom-client';
import { provideDefaultRegistrar, registrarOf } from '../../../src/primitives/registrar.js';
import type { Registrar } from '../../../src/primitives/registrar.js';

const named = (name: string): Registrar =>
  ({ name, describe: () => undefined, bind: () => undefined }) as unknown as Registrar;

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

  it('is one of this package, and no other object', () => {
    for (const [registry, text] of [
      [{}, '{}'],
      [{ describe: 1, bind: 2 }, '{ describe: 1, bind: 2 }'],
      [new promClient.Registry(), 'Registry {'],
    ] as const) {
      assert.throws(
        () => registrarOf([registry as never]),
        ({ name, message }: Error) =>
          name === 'TypeError' &&
          message.startsWith(`registers[0] is ${text}`) &&
          message.endsWith('; it must be a Registry of this package'),
      );
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
