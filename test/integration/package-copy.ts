/** A copy of the compiled package at another place, as an application has it whose dependencies bring one each. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { PACKAGE_URL } from './registry-worker-host.js';

/** Returns the URL of its main entry. Deleted when the test ends. */
export async function copyOfPackage(test: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'threadtally-copy-'));
  test.after(() => rm(folder, { recursive: true }));
  await cp(new URL('.', PACKAGE_URL), join(folder, 'src'), { recursive: true });
  await cp(new URL('../../package.json', PACKAGE_URL), join(folder, 'package.json'));
  return pathToFileURL(join(folder, 'src', 'index.js')).href;
}
