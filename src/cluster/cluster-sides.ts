/**
 * Cluster sides: how a process comes to hear of its cluster.
 *
 * It listens from the moment at which it is asked to, and what it does with what it hears is loaded meanwhile: a worker
 * that has said hello is asked by the next scrape, however early that is.
 */
import type { Registry } from '../registry/registry.js';
import { clusterState } from './cluster-state.js';
import { sendQuietly, typeOf } from './messages.js';
import type { PrimaryCluster, PrimaryLink } from './primary-link.js';
import type { RemoteProcess } from './remote-workers.js';
import type { WorkerLink, WorkerProcess } from './worker-link.js';

/** The worker's side, opened now if it is not. */
export function openWorker(
  worker: WorkerProcess,
  registriesOf: () => readonly Registry[],
): Promise<WorkerLink> {
  return (clusterState.worker ??= newWorkerLink(worker, registriesOf));
}

/** The primary's side, opened now if it is not. */
export function openPrimary(cluster: PrimaryCluster): Promise<PrimaryLink> {
  return (clusterState.primary ??= newPrimaryLink(cluster));
}

async function newWorkerLink(
  worker: WorkerProcess,
  registriesOf: () => readonly Registry[],
): Promise<WorkerLink> {
  const early: unknown[] = [];
  const keep = (message: unknown): void => {
    if (typeOf(message) !== undefined) early.push(message);
  };
  worker.on('message', keep);
  sendQuietly((body, callback) => worker.send(body, undefined, undefined, callback), {
    type: 'threadtally:hello',
  });
  const { WorkerLink } = await import('./worker-link.js');
  const link = new WorkerLink(worker, registriesOf).open();
  worker.off('message', keep);
  for (const message of early) link.receive(message);
  return link;
}

async function newPrimaryLink(cluster: PrimaryCluster): Promise<PrimaryLink> {
  const early: ((link: PrimaryLink) => void)[] = [];
  const receive = (worker: RemoteProcess, message: unknown): void => {
    if (typeOf(message) !== undefined) early.push(link => link.receive(worker, message));
  };
  const exited = (worker: RemoteProcess): void => void early.push(link => link.exited(worker));
  const disconnected = (worker: RemoteProcess): void => void early.push(link => link.disconnected(worker));
  cluster.on('message', receive);
  cluster.on('exit', exited);
  cluster.on('disconnect', disconnected);
  const { PrimaryLink } = await import('./primary-link.js');
  const link = new PrimaryLink(cluster).open();
  cluster.off('message', receive);
  cluster.off('exit', exited);
  cluster.off('disconnect', disconnected);
  for (const replay of early) replay(link);
  return link;
}
