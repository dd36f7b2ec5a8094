/**
 * Resource attributes: what can be found out about the process, the host and the container that are observed.
 *
 * The arguments of the process are left out: they may hold keys, and would be in every export.
 */
import { readFileSync } from 'node:fs';
import { arch, hostname, platform, release, userInfo } from 'node:os';
import process from 'node:process';
import { containerIdOf } from './container-id.js';

export type ResourceAttributes = Readonly<Record<string, string | number | boolean>>;

/** Architectures whose name in OpenTelemetry is another one. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm: 'arm32', ppc64: 'ppc64' };
const SYSTEMS: Readonly<Record<string, string>> = { win32: 'windows', sunos: 'solaris' };

export function detectedAttributes(): ResourceAttributes {
  const containerId = containerIdOf(textOf('/proc/self/cgroup'), textOf('/proc/self/mountinfo'));
  const hostId = textOf('/etc/machine-id').trim();
  const owner = ownerOfProcess();
  return {
    'process.pid': process.pid,
    'process.executable.path': process.execPath,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'process.runtime.description': 'Node.js',
    ...(owner !== undefined && { 'process.owner': owner }),
    'host.name': hostname(),
    'host.arch': ARCHITECTURES[arch()] ?? arch(),
    ...(hostId !== '' && { 'host.id': hostId }),
    'os.type': SYSTEMS[platform()] ?? platform(),
    'os.version': release(),
    ...(containerId !== undefined && { 'container.id': containerId }),
  };
}

function ownerOfProcess(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user that has no entry in its list of users.
    return undefined;
  }
}

/** '' for what is not there: other systems have none of these files. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
