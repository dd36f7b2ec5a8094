import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { describe, it } from 'node:test';
import { containerIdOf } from '../../../src/otel/container-id.js';
import { detectedAttributes } from '../../../src/otel/resource-attributes.js';

const ID = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);

describe('the container id', () => {
  const CGROUPS: Record<string, string> = {
    Docker: `12:memory:/docker/${ID}\n1:name=systemd:/docker/${ID}`,
    'Docker under systemd': `0::/system.slice/docker-${ID}.scope`,
    'containerd in Kubernetes': `11:cpu:/kubepods.slice/kubepods-pod1.slice/cri-containerd-${ID}.scope`,
    'CRI-O': `0::/kubepods.slice/crio-${ID}.scope`,
    'a nested group': `3:cpu:/ecs/task/${ID}`,
  };
  for (const [runtime, cgroup] of Object.entries(CGROUPS)) {
    it(`is found in the control group of ${runtime}`, () => {
      assert.equal(containerIdOf(cgroup, ''), ID);
    });
  }

  it('is found in the mounts where control groups do not show it', () => {
    const mounts = [
      '1 2 0:1 / / rw - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/x',
      `3 4 8:1 /var/lib/docker/containers/${ID}/hostname /etc/hostname rw - ext4 /dev/sda1 rw`,
      `5 6 8:1 /var/lib/docker/containers/${OTHER}/hosts /etc/hosts rw - ext4 /dev/sda1 rw`,
    ];
    assert.equal(containerIdOf('0::/\n', mounts.join('\n')), ID);
  });

  it('is none outside of containers', () => {
    assert.equal(
      containerIdOf('0::/user.slice/session-1.scope\n', '1 2 0:1 / / rw - ext4 /dev/sda1 rw'),
      undefined,
    );
    assert.equal(containerIdOf('', ''), undefined);
    assert.equal(containerIdOf(`0::/docker/${ID.slice(1)}`, ''), undefined);
  });
});

describe('detected attributes', () => {
  it('name the process and the host, and never the arguments', () => {
    const attributes = detectedAttributes();
    assert.equal(attributes['process.pid'], process.pid);
    assert.equal(attributes['process.runtime.version'], process.versions.node);
    assert.equal(attributes['host.name'], hostname());
    assert.ok(!JSON.stringify(attributes).includes(process.argv[1]!));
  });
});
