/** Export protocol: how spans and data points are written for a receiver of OTLP/HTTP, which takes either at one address. */

export const EXPORT_PROTOCOLS = ['http/json', 'http/protobuf'] as const;

export type ExportProtocol = (typeof EXPORT_PROTOCOLS)[number];
