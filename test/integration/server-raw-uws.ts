/**
 * Mutants: the mistakes with uWebSockets.js that the transport avoids. Each must end in the way that its trap is known
 * for; otherwise the tests of the transport prove nothing.
 *
 *   argv     the name of the mistake, and a port or 0
 *   sends    its port, or 'refused' when it cannot listen; 'holding' when a request waits for a reply
 *   obeys    'reply' to the request that waits; 'memory' by sending the bytes that the process has
 */
import { App, us_socket_local_port as localPort } from 'uWebSockets.js';
import type { HttpRequest, HttpResponse } from 'uWebSockets.js';
import { hugeBody } from './server-sources.js';

const [mistake, port] = process.argv.slice(2);
const huge = hugeBody();

const mistakes: Record<string, (res: HttpResponse, req: HttpRequest) => void> = {
  'returns without a reply': () => {},
  'throws although somebody listens for uncaught exceptions': () => {
    process.on('uncaughtException', () => {});
    throw new Error('thrown in a handler');
  },
  'answers HEAD later without an abort handler': res => {
    setImmediate(() => res.endWithoutBody(10));
  },
  'answers HEAD with end': res => {
    res.end('a body');
  },
  'reports the length of a HEAD reply': res => {
    res.onAborted(() => {});
    res.endWithoutBody(10);
  },
  'replies to a client that is gone': res => {
    res.onAborted(() => process.send?.('gone'));
    process.on('message', () => res.end('late'));
    process.send?.('holding');
  },
  'hands the body over as a whole': res => {
    res.onAborted(() => {});
    res.end(huge);
  },
  'shares its port': res => {
    res.end('shared');
  },
};

App()
  .any('/*', (res, req) => mistakes[mistake](res, req))
  .listen('127.0.0.1', Number(port), socket => {
    process.send?.(socket === false ? 'refused' : localPort(socket));
  });

process.on('message', command => {
  if (command === 'memory') process.send?.(process.memoryUsage().rss);
});
