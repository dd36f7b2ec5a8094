/** serveMetrics: a metrics server of its own port. */
import { Endpoints } from './endpoints.js';
import { TransportUnavailableError } from './errors.js';
import { InFlight } from './in-flight.js';
import type { MetricsSource } from './metrics-source.js';
import { NodeTransport } from './node-transport.js';
import { resolveServerOptions } from './server-options.js';
import type { ServerOptions } from './server-options.js';
import { serverUrl } from './server-url.js';
import type { Listener, Service, Transport, TransportName } from './transport.js';
import { loadUwsBinding } from './uws-binding.js';
import { UwsTransport } from './uws-transport.js';

export interface MetricsServer {
  /**
   * Scheme, host and port, without a final slash, such as `http://127.0.0.1:9464`. For a server on every interface it
   * names the loopback address, so that it can be opened from this machine.
   */
  readonly url: string;
  readonly host: string;
  /** The real one, also after `port: 0`. */
  readonly port: number;
  readonly transport: TransportName;
  /**
   * `/ready` answers 503 from now on and everything else goes on, so that a load balancer turns away before close().
   * Cannot be undone.
   */
  drain(): void;
  /**
   * Drains, stops accepting, lets replies in flight go on for closeTimeoutMs and closes every connection. Resolves when
   * nothing of the server keeps the process alive; never rejects. Further calls return the same promise.
   */
  close(): Promise<void>;
}

/**
 * Serves `GET` and `HEAD` of the metrics, `/health`, `/ready` and an index at `/`. Resolves once it listens.
 *
 * @throws ConfigurationError naming every bad option; AddressInUseError, ListenError; TransportUnavailableError when
 *   transport 'uws' was asked for and cannot be had. In every case nothing listens.
 */
export async function serveMetrics(
  source: MetricsSource,
  options: ServerOptions = {},
): Promise<MetricsServer> {
  const {
    host,
    port,
    transport: wanted,
    closeTimeoutMs,
    ...endpointOptions
  } = resolveServerOptions(source, options);
  const transport = await chooseTransport(wanted);
  const service = { endpoints: new Endpoints(source, endpointOptions), inFlight: new InFlight() };
  const listener = await transport.listen(host, port, service);
  return new ListeningServer(host, transport.name, listener, { ...service, closeTimeoutMs });
}

class ListeningServer implements MetricsServer {
  readonly url: string;
  readonly port: number;
  private closed: Promise<void> | undefined;

  constructor(
    readonly host: string,
    readonly transport: TransportName,
    private readonly listener: Listener,
    private readonly service: Service & { readonly closeTimeoutMs: number },
  ) {
    this.port = listener.port;
    this.url = serverUrl(host, listener.port);
  }

  drain(): void {
    this.service.endpoints.drain();
  }

  close(): Promise<void> {
    return (this.closed ??= this.stop());
  }

  private async stop(): Promise<void> {
    this.service.endpoints.beginClose();
    this.listener.stopAccepting();
    await this.service.inFlight.idleWithin(this.service.closeTimeoutMs);
    await this.listener.destroy();
    this.service.endpoints.endClose();
  }
}

async function chooseTransport(wanted: 'auto' | TransportName): Promise<Transport> {
  if (wanted === 'node') return new NodeTransport();
  try {
    return new UwsTransport(await loadUwsBinding());
  } catch (error) {
    if (wanted === 'auto' && error instanceof TransportUnavailableError) return new NodeTransport();
    throw error;
  }
}
