/** Client libraries with the surface of prom-client: prom-client itself, and its successor of the Prometheus project. */
import { PeerUnavailableError } from '../harness/bench-case.js';

export type PromLibrary = typeof import('prom-client');

export interface PromImplementation {
  /** The second half of a case's id. */
  readonly key: string;
  readonly name: string;
  readonly isVariant: boolean;
  /** @throws PeerUnavailableError when it is not installed or refuses this Node.js */
  load(): Promise<PromLibrary>;
}

export const PROM_CLIENT: PromImplementation = {
  key: 'prom-client',
  name: 'prom-client',
  isVariant: false,
  load: () => loaded('prom-client', import('prom-client')),
};

export const PROMETHEUS_IO: PromImplementation = {
  key: 'prometheus-io',
  name: '@prometheus-io/client',
  isVariant: true,
  load: () =>
    // Its declarations differ in the content type of a registry, which no bench uses.
    loaded('@prometheus-io/client', import('@prometheus-io/client') as unknown as Promise<PromLibrary>),
};

async function loaded(name: string, library: Promise<PromLibrary>): Promise<PromLibrary> {
  try {
    return await library;
  } catch (error) {
    throw new PeerUnavailableError(
      `${name} does not load on Node.js ${process.versions.node}: ${String(error)}`,
    );
  }
}
