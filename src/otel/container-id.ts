/** Container id: that of the container that this process runs in, as far as the kernel shows it. */

/** The last part of a control group's path: `/docker/<id>`, `/kubepods.slice/cri-containerd-<id>.scope`. */
const IN_CGROUP = /(?:^|[/\-:])([0-9a-f]{64})(?:\.scope)?$/;
/** The folder from which the runtime mounts the container's hostname and hosts: `/containers/<id>/hostname`. */
const IN_MOUNTS = /\/(?:containers|overlay-containers|sandboxes)\/([0-9a-f]{64})\//;

/**
 * @param cgroup text of /proc/self/cgroup: names the container under control groups v1
 * @param mountinfo text of /proc/self/mountinfo: names it under v2, where the first one shows `/` alone
 */
export function containerIdOf(cgroup: string, mountinfo: string): string | undefined {
  for (const line of cgroup.split('\n')) {
    const id = IN_CGROUP.exec(line.trim())?.[1];
    if (id !== undefined) return id;
  }
  for (const line of mountinfo.split('\n')) {
    const id = IN_MOUNTS.exec(line)?.[1];
    if (id !== undefined) return id;
  }
  return undefined;
}
