/**
 * Built-in modules that are loaded when they are first needed: a program that imports the package and does not collect
 * default metrics is not to pay for them.
 */
import { createRequire } from 'node:module';

interface BuiltinModules {
  'node:fs': typeof import('node:fs');
  'node:perf_hooks': typeof import('node:perf_hooks');
  'node:v8': typeof import('node:v8');
}

/** Loads a module of Node.js, synchronously. */
export function builtinModule<N extends keyof BuiltinModules>(name: N): BuiltinModules[N] {
  const { getBuiltinModule } = process as { getBuiltinModule?: (id: string) => object | undefined };
  // Node.js 22 has it from 22.3 on. A built-in module is found from anywhere, so from a file that is surely there.
  const loaded =
    getBuiltinModule === undefined ? createRequire(process.execPath)(name) : getBuiltinModule(name);
  return loaded as BuiltinModules[N];
}
