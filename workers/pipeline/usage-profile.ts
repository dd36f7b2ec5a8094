/**
 * The state that the pipeline keeps: how calls of one model and one size of context use tokens.
 */

export interface UsageProfile {
  readonly calls: number;
  readonly contextTokens: number;
  readonly generatedTokens: number;
}

const NO_USAGE: UsageProfile = { calls: 0, contextTokens: 0, generatedTokens: 0 };

export interface Usage {
  readonly model: string;
  readonly contextTokens: number;
  readonly generatedTokens: number;
}

/** Calls are alike when their contexts have the same power of two: one key for 1024..2047 tokens, say. */
export function profileKeyOf({ model, contextTokens }: Usage): string {
  return `${32 - Math.clz32(contextTokens)}/${model}`;
}

export function addUsage(profile: UsageProfile = NO_USAGE, usage: Usage): UsageProfile {
  return {
    calls: profile.calls + 1,
    contextTokens: profile.contextTokens + usage.contextTokens,
    generatedTokens: profile.generatedTokens + usage.generatedTokens,
  };
}
