/** promtool: what the tool of Prometheus says about a text of the format 0.0.4. */
import { spawnSync } from 'node:child_process';

const isInstalled = spawnSync('promtool', ['--version']).error === undefined;

/** For the option of a test. */
export const skip = isInstalled ? false : 'promtool is not installed; it comes with Prometheus';

/** Empty when it has nothing to say; `exit code 3: ...` for a matter of style, another code for what is no exposition. */
export function complaintsAbout(text: string | Uint8Array): string {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  return status === 0 && stderr === '' ? '' : `exit code ${status}: ${stderr}${stdout}`;
}
