/** What the server process of a load case is told. */
import type { TransportName } from '../../src/server/index.js';

export interface LoadPlan {
  readonly server: 'threadtally' | 'prom-client';
  /** prom-client has a handler for node:http and nothing else. */
  readonly transport: TransportName;
  /** The scrapers ask for gzip. */
  readonly isCompressed: boolean;
  /** Values change from one millisecond to the next, so that no two renderings have the same bytes. */
  readonly isChanging: boolean;
}

/** What a server process does for the one that measures it. */
export interface LoadedServer {
  readonly port: number;
  /** Ends the recording; how often was recorded since the start. */
  stopRecording(): Promise<number>;
  close(): Promise<void>;
}

export const CHANGE_EVERY_MS = 1;
