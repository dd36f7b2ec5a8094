/** A program of these tests in a process of its own: where the failure of a test would be the end of the process. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Both streams; uWebSockets.js writes its warnings and last words to them. */
  readonly output: string;
}

export class ChildProgram {
  readonly ended: Promise<ProcessEnd>;
  private output = '';
  private readonly messages: unknown[] = [];
  private wake: () => void = () => {};

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    child.on('message', message => {
      this.messages.push(message);
      this.wake();
    });
    this.ended = once(child, 'close').then(([code, signal]) => ({ code, signal, output: this.output }));
  }

  /** Starts a program of this folder. It is killed when the test is over, if it has not ended by then. */
  static start(test: TestContext, program: string, ...args: string[]): ChildProgram {
    const child = fork(join(import.meta.dirname, program), args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    test.after(() => child.kill('SIGKILL'));
    return new ChildProgram(child);
  }

  /** The next message of the program, in order, also one that came earlier. Throws when it ends without one. */
  async message(): Promise<unknown> {
    const arrival = new Promise<void>(resolve => (this.wake = resolve));
    if (this.messages.length === 0) await Promise.race([arrival, this.ended]);
    if (this.messages.length > 0) return this.messages.shift();
    const { code, signal, output } = await this.ended;
    throw new Error(`ended with ${code ?? signal} instead of a message:\n${output}`);
  }

  send(message: string): void {
    this.child.send(message);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}
