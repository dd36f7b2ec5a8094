/** The main job as a process of its own, as a user starts it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import os from 'node:os';
import { once } from 'node:events';
import { join } from 'node:path';
import { register } from '../../src/index.js';
import { Job } from '../../workers/job.js';
import type { JobOptions } from '../../workers/options.js';

const ENTRY = join(import.meta.dirname, '../../workers/main.js');

export interface JobExit {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class JobProcess {
  readonly stdin;
  private readonly child: ChildProcess;
  private readonly closed: Promise<unknown>;
  private stdoutText = '';
  private stderrText = '';

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const child = spawn(process.execPath, [ENTRY, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.child = child;
    this.stdin = child.stdin;
    this.closed = once(child, 'close');
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      this.stdoutText += chunk;
      child.emit('output');
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderrText += chunk;
      child.emit('output');
    });
  }

  /** The address that the job prints; rejects when it ends without one. */
  async url(): Promise<string> {
    await this.printed(() => this.stdoutText.includes('\n'), 'an address');
    return this.stdoutText.trimEnd();
  }

  /** Resolves when stderr contains the text. */
  async says(expected: string): Promise<void> {
    await this.printed(() => this.stderrText.includes(expected), JSON.stringify(expected));
  }

  /** The nice values of its threads; Linux only. */
  niceValues(): number[] {
    const tasks = `/proc/${this.child.pid}/task`;
    return readdirSync(tasks).map(task => os.getPriority(Number(task)));
  }

  async scrape(): Promise<string> {
    const response = await fetch(await this.url());
    return response.text();
  }

  signal(name: 'SIGINT' | 'SIGTERM'): void {
    this.child.kill(name);
  }

  async exit(): Promise<JobExit> {
    await this.closed;
    return { status: this.child.exitCode, stdout: this.stdoutText, stderr: this.stderrText };
  }

  /** For the end of a test that has failed before the job ended. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.closed;
  }

  private async printed(isThere: () => boolean, what: string): Promise<void> {
    let ended = false;
    void this.closed.then(() => {
      ended = true;
      this.child.emit('output');
    });
    while (!isThere()) {
      if (ended) throw new Error(`the job ended without printing ${what}; stderr: ${this.stderrText}`);
      await once(this.child, 'output');
    }
  }
}

/** A job with another worker entry, in this process. */
export async function runInProcess(
  options: JobOptions,
  entry: string,
): Promise<{ status: number; stderr: string }> {
  let stderr = '';
  const status = await new Job({
    options,
    registry: register,
    stderr: {
      write: (chunk: string) => {
        stderr += chunk;
      },
    },
    onListening: () => undefined,
    stop: new AbortController().signal,
    processorEntry: new URL(entry, import.meta.url),
  }).run();
  return { status, stderr };
}
