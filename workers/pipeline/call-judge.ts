/**
 * Whether a call stands out: against the recent past of its model, and against calls with a context of its size.
 */
import type { LlmEvent } from '../event.js';
import type { TokenTrend } from './token-trend.js';
import type { UsageProfile } from './usage-profile.js';

/** A call is judged by calls alike only once there are so many of them that their mean says something. */
const PROFILE_CALLS_MIN = 20;

/** How many times above the mean is far. */
const OUTLIER_FACTOR = 4;

export interface Verdict {
  readonly contextOutlier: boolean;
  readonly generatedOutlier: boolean;
}

/** `profile` holds the calls before this one, undefined where there are none. */
export function judgeCall(event: LlmEvent, profile: UsageProfile | undefined, trend: TokenTrend): Verdict {
  const { contextLevel, generatedLevel } = trend;
  return {
    contextOutlier: contextLevel > 0 && event.contextTokens > OUTLIER_FACTOR * contextLevel,
    generatedOutlier:
      profile !== undefined &&
      profile.calls >= PROFILE_CALLS_MIN &&
      event.generatedTokens > OUTLIER_FACTOR * (profile.generatedTokens / profile.calls) &&
      event.generatedTokens > generatedLevel,
  };
}
