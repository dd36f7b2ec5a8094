/** Transports: what carries requests to the endpoints. There are two, and everything above sees only this. */
import type { Endpoints } from './endpoints.js';
import type { InFlight } from './in-flight.js';

export type TransportName = 'uws' | 'node';

/** What a transport serves. */
export interface Service {
  readonly endpoints: Endpoints;
  /** Every request is counted from its arrival until its last byte was taken or its client went away. */
  readonly inFlight: InFlight;
}

/**
 * A reader that takes nothing for so long is disconnected: one that vanished without a word would hold its body for as
 * long as the operating system hopes for it.
 */
export const READER_STALL_MS = 10_000;

export interface Listener {
  readonly port: number;
  /** Closes the listening socket; open connections stay. */
  stopAccepting(): void;
  /** Closes every connection, also in the middle of a reply. Resolves when nothing keeps the process alive any more. */
  destroy(): Promise<void>;
}

export interface Transport {
  readonly name: TransportName;
  /**
   * Listens on exactly this address, shared with nobody. Throws AddressInUseError or ListenError; then nothing
   * listens.
   */
  listen(host: string, port: number, service: Service): Promise<Listener>;
}
