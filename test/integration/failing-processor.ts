/** The processing worker with a bug that an event of its input meets: the pipeline throws at the model `broken`. */
import type { LlmEvent } from '../../workers/event.js';
import type { EventTrace } from '../../workers/pipeline/event-trace.js';
import { Partition } from '../../workers/pipeline/partition.js';

const { process } = Partition.prototype;
Partition.prototype.process = function (this: Partition, event: LlmEvent, trace?: EventTrace): void {
  if (event.model === 'broken') throw new RangeError('planted bug');
  process.call(this, event, trace);
};

await import('../../workers/stream-processor.js');
