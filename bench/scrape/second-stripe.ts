/** A thread that records a plan into its own stripe, says so, and stays until it is terminated. */
import { parentPort, workerData } from 'node:worker_threads';
import type { RegistryToken } from '../../src/index.js';
import { Registry } from '../../src/index.js';
import type { FamilyPlan } from './family-plan.js';
import { recordPlan } from './own-registry.js';

const { token, plan } = workerData as { token: RegistryToken; plan: FamilyPlan };
recordPlan(Registry.attach(token), plan);
// Listening keeps the thread; its stripe is then one of a living thread, as in a program that is scraped.
parentPort!.on('message', () => {});
parentPort!.postMessage('recorded');
