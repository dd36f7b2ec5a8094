/** Setting problems: values of a configuration, each from the first source that names it, and all that is wrong with them. */
import { inspect } from 'node:util';
import { ConfigurationError } from '../errors.js';
import { unknownNameProblems } from '../primitives/option-names.js';
import { warn } from '../registry/cardinality.js';

/** A value and what it is called in an error: a path of the configuration, or a variable of the environment. */
export interface Source {
  readonly name: string;
  readonly value: unknown;
}

type Range = readonly [min: number, max: number];

export class SettingProblems {
  readonly list: string[] = [];
  /** What is allowed, and most likely a mistake. */
  private readonly doubts: string[] = [];

  add(problem: string): void {
    this.list.push(problem);
  }

  doubt(doubt: string): void {
    this.doubts.push(doubt);
  }

  /** @throws ConfigurationError listing every problem */
  end(call: string): void {
    if (this.list.length > 0) throw new ConfigurationError(call, this.list);
  }

  /** Gives a process warning for each doubt. */
  warnOfDoubts(code: string): void {
    for (const doubt of this.doubts) warn(doubt, code);
  }

  /** The first value that is there, checked; the fallback when there is none, or the value is wrong. */
  integer(sources: readonly Source[], [min, max]: Range, fallback: number): number {
    return this.number(sources, fallback, `an integer in ${min}..${max}`, value => {
      return Number.isInteger(value) && value >= min && value <= max;
    });
  }

  number(
    sources: readonly Source[],
    fallback: number,
    wanted: string,
    isValid: (value: number) => boolean,
  ): number {
    const source = firstOf(sources);
    if (source === undefined) return fallback;
    const value = typeof source.value === 'string' ? numberOf(source.value) : source.value;
    if (typeof value === 'number' && isValid(value)) return value;
    this.refuse(source, wanted);
    return fallback;
  }

  text(sources: readonly Source[]): string | undefined {
    const source = firstOf(sources);
    if (source === undefined) return undefined;
    if (typeof source.value === 'string' && source.value.trim() !== '') return source.value;
    this.refuse(source, 'a text that is not empty');
    return undefined;
  }

  oneOf<T extends string>(sources: readonly Source[], values: readonly T[], fallback: T): T {
    const source = firstOf(sources);
    if (source === undefined) return fallback;
    if (values.includes(source.value as T)) return source.value as T;
    this.refuse(source, `one of ${values.join(', ')}`);
    return fallback;
  }

  /** The part of a configuration by this name: an object that has no other keys, or nothing. */
  section<T extends object>(name: string, value: unknown, keys: readonly (keyof T & string)[]): Partial<T> {
    if (value === undefined) return {};
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.refuse({ name, value }, 'an object');
      return {};
    }
    this.options(value, keys, name);
    return value;
  }

  /** Refuses every key of an object that is no option of `what`, and says which one was meant. */
  options(given: object, names: readonly string[], what: string): void {
    this.list.push(...unknownNameProblems(given, names, what));
  }

  refuse({ name, value }: Source, wanted: string): void {
    this.add(`${name} is ${inspect(value, { depth: 0 })}; it must be ${wanted}`);
  }
}

/** Values that are undefined are not there; nor are variables of the environment that are empty, as OpenTelemetry has it. */
export function firstOf(sources: readonly Source[]): Source | undefined {
  return sources.find(({ value }) => value !== undefined);
}

/** A variable of the environment as a source. */
export function variable(env: NodeJS.ProcessEnv, name: string): Source {
  const value = env[name]?.trim();
  return { name, value: value === '' ? undefined : value };
}

/** True when the environment switches telemetry off, whatever the program says. */
export function isDisabled(env: NodeJS.ProcessEnv): boolean {
  return String(variable(env, 'OTEL_SDK_DISABLED').value).toLowerCase() === 'true';
}

/** True for a registry, and for what its share() returned. */
export function isRegistry(value: unknown): boolean {
  const { share, arena } = (value ?? {}) as { share?: unknown; arena?: unknown };
  return typeof share === 'function' || typeof arena === 'object';
}

/** NaN for a text that is no decimal number: Number() would take '' for 0 and '0x10' for 16. */
function numberOf(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
}
