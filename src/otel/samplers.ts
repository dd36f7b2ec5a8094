/** Samplers: which spans are recorded and exported. */
import type { Context } from '@opentelemetry/api';
import { TraceFlags, isSpanContextValid, trace } from '@opentelemetry/api';
import type { Sampler, SamplingResult } from '@opentelemetry/sdk-trace-base';
import { SpanBudget } from './span-budget.js';
import type { SdkPackages } from './sdk-packages.js';
import type { SamplerConfig } from './tracing-config.js';

export interface SamplerSurroundings {
  readonly nowMs: () => number;
  /** A trace was left out because of the rate. */
  readonly refused: () => void;
}

type TraceSdk = SdkPackages['traceBase'];

export function samplerOf(config: SamplerConfig, sdk: TraceSdk, surroundings: SamplerSurroundings): Sampler {
  switch (config.strategy) {
    case 'always_on':
      return new sdk.AlwaysOnSampler();
    case 'always_off':
      return new sdk.AlwaysOffSampler();
    case 'trace_id_ratio':
      return new sdk.TraceIdRatioBasedSampler(config.ratio);
    case 'parent_based':
      return new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(config.ratio) });
    case 'rate_limited':
      return new RateLimitedSampler(config.spansPerSecond, sdk, surroundings);
  }
}

/** Follows the parent, so that traces are whole; lets in as many new traces as the rate has room for. */
class RateLimitedSampler implements Sampler {
  private readonly budget: SpanBudget;
  private readonly sampled: SamplingResult;
  private readonly unsampled: SamplingResult;

  constructor(
    private readonly spansPerSecond: number,
    { SamplingDecision }: TraceSdk,
    private readonly surroundings: SamplerSurroundings,
  ) {
    this.budget = new SpanBudget(spansPerSecond, surroundings.nowMs);
    this.sampled = { decision: SamplingDecision.RECORD_AND_SAMPLED };
    this.unsampled = { decision: SamplingDecision.NOT_RECORD };
  }

  shouldSample(context: Context): SamplingResult {
    const parent = trace.getSpanContext(context);
    if (parent === undefined || !isSpanContextValid(parent)) {
      if (this.budget.take()) return this.sampled;
      this.surroundings.refused();
      return this.unsampled;
    }
    if ((parent.traceFlags & TraceFlags.SAMPLED) === 0) return this.unsampled;
    this.budget.charge();
    return this.sampled;
  }

  toString(): string {
    return `RateLimitedSampler{${this.spansPerSecond}}`;
  }
}
