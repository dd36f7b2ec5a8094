/**
 * The server process of a load case.
 *
 *   argv     a LoadPlan as JSON
 *   sends    ServerMessages
 *   obeys    'stop': ends the recording and tells how often it recorded; serves until the parent disconnects
 */
import type { ServerMessage } from '../scrape/http-plan.js';
import type { LoadPlan } from './load-plan.js';
import { ownServer } from './own-server.js';
import { promServer } from './prom-server.js';

const plan = JSON.parse(process.argv[2]) as LoadPlan;
const server = await (plan.server === 'threadtally' ? ownServer(plan) : promServer(plan));

process.once('message', () => void server.stopRecording().then(recorded => send({ recorded })));
process.once('disconnect', () => void server.close());
send({ port: server.port });

function send(message: ServerMessage): void {
  process.send?.(message);
}
