/** A receiver in a process of its own, for cases that measure the CPU time of theirs. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ReceiverKind } from './case-list.js';
import { BenchReceiver } from './receiver.js';

export class ReceiverProcess {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(kind: ReceiverKind): Promise<ReceiverProcess> {
    const child = fork(fileURLToPath(import.meta.url), ['receive', kind], { execArgv: [] });
    const [url] = (await once(child, 'message')) as [string];
    return new ReceiverProcess(url, child);
  }

  /** Ends it. Returns how many spans it has taken. */
  async end(): Promise<number> {
    const counted = once(this.child, 'message');
    this.child.send('end');
    const [count] = (await counted) as [number];
    return count;
  }
}

if (process.argv[2] === 'receive') {
  const receiver = await BenchReceiver.start(process.argv[3] as ReceiverKind);
  process.once('message', () => process.send!(receiver.takeSpanCount(), () => process.exit(0)));
  process.send!(receiver.url);
}
