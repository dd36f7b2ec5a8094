/** Mutant: a worker thread that listens with uWebSockets.js. */
import { parentPort } from 'node:worker_threads';
import { App, us_socket_local_port as localPort } from 'uWebSockets.js';

App()
  .any('/*', res => {
    res.end('from a worker');
  })
  .listen('127.0.0.1', 0, socket => {
    if (socket !== false) parentPort?.postMessage({ port: localPort(socket), transport: 'uws' });
  });
