/** Sampler settings: the sampler that a configuration or OTEL_TRACES_SAMPLER names. */
import type { SettingProblems, Source } from './setting-problems.js';
import { variable } from './setting-problems.js';
import type { SamplerConfig } from './tracing-config.js';
import { SAMPLING_STRATEGIES } from './tracing-config.js';

const DEFAULT: SamplerConfig = { strategy: 'parent_based', ratio: 1 };

/** Most spans per second of a rate, so that a rate given per hour by mistake is refused or at least visible. */
const SPANS_PER_SECOND_MAX = 1_000_000;

const SAMPLER_VARIABLE = 'OTEL_TRACES_SAMPLER';
const ARGUMENT_VARIABLE = 'OTEL_TRACES_SAMPLER_ARG';

/** The names of the variable. A function takes its argument. */
const BY_VARIABLE: Readonly<Record<string, SamplerConfig | ((ratio: number) => SamplerConfig)>> = {
  always_on: { strategy: 'always_on' },
  always_off: { strategy: 'always_off' },
  traceidratio: ratio => ({ strategy: 'trace_id_ratio', ratio }),
  parentbased_always_on: DEFAULT,
  parentbased_always_off: { strategy: 'parent_based', ratio: 0 },
  parentbased_traceidratio: ratio => ({ strategy: 'parent_based', ratio }),
};

export function samplerConfigOf(
  problems: SettingProblems,
  config: SamplerConfig | undefined,
  env: NodeJS.ProcessEnv,
): SamplerConfig {
  return config === undefined ? samplerOfEnvironment(problems, env) : checkedSampler(problems, config);
}

function samplerOfEnvironment(problems: SettingProblems, env: NodeJS.ProcessEnv): SamplerConfig {
  const name = variable(env, SAMPLER_VARIABLE);
  if (name.value === undefined) return DEFAULT;
  const found = Object.hasOwn(BY_VARIABLE, name.value as string)
    ? BY_VARIABLE[name.value as string]
    : undefined;
  if (found === undefined) {
    problems.refuse(name, `one of ${Object.keys(BY_VARIABLE).join(', ')}`);
    return DEFAULT;
  }
  return typeof found === 'function'
    ? found(ratioOf(problems, [variable(env, ARGUMENT_VARIABLE)], 1))
    : found;
}

function checkedSampler(problems: SettingProblems, config: SamplerConfig): SamplerConfig {
  const { strategy, ratio, spansPerSecond } = problems.section<{
    strategy: SamplerConfig['strategy'];
    ratio: number;
    spansPerSecond: number;
  }>('sampler', config, ['strategy', 'ratio', 'spansPerSecond']);
  const checked = problems.oneOf(
    [{ name: 'sampler.strategy', value: strategy ?? null }],
    SAMPLING_STRATEGIES,
    'always_on',
  );
  switch (checked) {
    case 'trace_id_ratio':
    case 'parent_based': {
      const source = { name: 'sampler.ratio', value: ratio ?? null };
      return { strategy: checked, ratio: ratioOf(problems, [source], 1) };
    }
    case 'rate_limited': {
      const source = { name: 'sampler.spansPerSecond', value: spansPerSecond ?? null };
      return { strategy: checked, spansPerSecond: rateOf(problems, source) };
    }
    default:
      return { strategy: checked };
  }
}

function ratioOf(problems: SettingProblems, sources: readonly Source[], fallback: number): number {
  return problems.number(sources, fallback, 'a number in 0..1', value => value >= 0 && value <= 1);
}

function rateOf(problems: SettingProblems, source: Source): number {
  return problems.number(
    [source],
    1,
    `a number above 0 and up to ${SPANS_PER_SECOND_MAX}`,
    value => value > 0 && value <= SPANS_PER_SECOND_MAX,
  );
}
