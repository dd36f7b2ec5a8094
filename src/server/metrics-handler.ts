/** metricsHandler: the metrics as a route of an application's own server. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MetricsEndpoint } from './metrics-endpoint.js';
import type { MetricsSource } from './metrics-source.js';
import { isRead, methodNotAllowed } from './reply.js';
import { clientOf, scrapeRequestOf, sendReply, sendReplyInTurns } from './node-response.js';
import { resolveHandlerOptions } from './server-options.js';
import type { HandlerOptions } from './server-options.js';
import { READER_STALL_MS } from './transport.js';

/**
 * A handler for node:http, Express and whatever else passes node's request and response. It answers every request that
 * it gets with the metrics, whatever the path: where it is mounted decides that. Concurrent scrapes of one handler
 * share a render. Never throws, and leaves a response alone that something else has begun to answer.
 *
 * @throws ConfigurationError naming every bad option.
 */
export function metricsHandler(
  source: MetricsSource,
  options: HandlerOptions = {},
): (req: IncomingMessage, res: ServerResponse) => void {
  const endpoint = new MetricsEndpoint(source, resolveHandlerOptions(source, options));
  return (req, res) => {
    const sending = { isHead: req.method === 'HEAD', readerStallMs: READER_STALL_MS };
    if (!isRead(req.method ?? '')) return sendReply(res, methodNotAllowed(), sending);
    const inTurns = { ...sending, turns: endpoint.sendTurns };
    void endpoint
      .answer({ ...scrapeRequestOf(req), client: clientOf(res) })
      .then(reply => sendReplyInTurns(res, reply, inTurns));
  };
}
