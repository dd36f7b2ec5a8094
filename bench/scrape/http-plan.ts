/** What the server process of an HTTP case is told, and what it tells. */
import type { FamilyPlan } from './family-plan.js';

export interface HttpPlan {
  /** Threads that record without a pause while scrapes go on. */
  readonly recorders: number;
  /** The nice value of those threads: 0 as the server's, up to 19. */
  readonly nice: number;
  readonly transport: 'auto' | 'uws' | 'node';
}

export const HTTP_FAMILIES: FamilyPlan = { type: 'counter', families: 10, seriesPerFamily: 1_000 };

/** The server's messages, in this order: where it listens, then after `stop` how often its threads recorded. */
export type ServerMessage = { readonly port: number } | { readonly recorded: number };
