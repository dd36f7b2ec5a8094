import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import promClient from 'prom-client';
import { provideDefaultRegistrar, registrarOf, registrarsOf } from '../../../src/primitives/registrar.js';
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
    const [own, standard, unlisted] = [named('own'), named('standard'), named('unlisted')];
    provideDefaultRegistrar({ register: () => standard, unlisted: () => unlisted });
    assert.equal(registrarOf(undefined), standard);
    assert.equal(registrarOf([own]), own);
  });

  it('is no lonely registry, nor anything else in a list', () => {
    for (const registers of [named('a'), null, 'a', [undefined], [5]]) {
      assert.throws(() => registrarOf(registers as never), {
        name: 'TypeError',
        message: /^registers is .*; it must be an array of Registry objects$/,
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

  it('is exactly one for an info', () => {
    assert.throws(() => registrarOf([named('a'), named('b')]), {
      message: 'registers has 2 registries; an info lives in exactly one',
    });
  });

  it('is each of a list, once, and one that nothing lists for an empty list', () => {
    const [a, b, unlisted] = [named('a'), named('b'), named('unlisted')];
    provideDefaultRegistrar({ register: () => a, unlisted: () => unlisted });
    assert.deepEqual(registrarsOf([b, a, b]), [b, a]);
    assert.deepEqual(registrarsOf([]), [unlisted]);
  });
});
