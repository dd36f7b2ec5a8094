/** The server entry point: `/metrics`, `/health` and `/ready` over uWebSockets.js or node:http. */
export { AddressInUseError, ListenError, RenderTimeoutError, TransportUnavailableError } from './errors.js';
export { InvalidRenderingError, ScrapeTimeoutError, TooManyScrapesError } from './errors.js';
export { metricsHandler } from './metrics-handler.js';
export { serveMetrics } from './metrics-server.js';
export type { MetricsServer } from './metrics-server.js';
export type { MetricsSource, Rendering, SourceOptions } from './metrics-source.js';
export type { HandlerOptions, ServerOptions } from './server-options.js';
export type { TransportName } from './transport.js';
