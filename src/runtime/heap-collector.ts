/** Heap: the memory that this thread's V8 has, and uses, in all and by space. */
import type { HeapInfo, HeapSpaceInfo } from 'node:v8';
import { builtinModule } from './builtin-modules.js';
import type { DefaultCollector } from './default-collector.js';
import type { DefaultFamilies, ThreadGauge } from './default-families.js';
import { EXTERNAL_MEMORY, HEAP_TOTAL, HEAP_USED, heapSpace } from './default-names.js';

/** What V8 says of the heap of the calling thread. */
export interface HeapSource {
  getHeapStatistics(): Pick<HeapInfo, 'total_heap_size' | 'used_heap_size' | 'external_memory'>;
  getHeapSpaceStatistics(): readonly HeapSpaceInfo[];
}

const SPACE_SUFFIX = '_space';

export class HeapCollector implements DefaultCollector {
  readonly named = HEAP_TOTAL;
  private readonly total: ThreadGauge;
  private readonly used: ThreadGauge;
  private readonly external: ThreadGauge;

  constructor(
    families: DefaultFamilies,
    private readonly source: HeapSource = builtinModule('node:v8'),
  ) {
    this.total = families.threadGauge(HEAP_TOTAL);
    this.used = families.threadGauge(HEAP_USED);
    this.external = families.threadGauge(EXTERNAL_MEMORY);
  }

  collect(): void {
    // Not process.memoryUsage(), which reads the resident memory of the process too, in each thread.
    const statistics = this.source.getHeapStatistics();
    this.total.set(statistics.total_heap_size);
    this.used.set(statistics.used_heap_size);
    this.external.set(statistics.external_memory);
  }
}

export class HeapSpaceCollector implements DefaultCollector {
  readonly named = heapSpace('total');
  private readonly total: ThreadGauge;
  private readonly used: ThreadGauge;
  private readonly available: ThreadGauge;

  constructor(
    families: DefaultFamilies,
    private readonly source: HeapSource = builtinModule('node:v8'),
  ) {
    const gaugeOf = (what: 'total' | 'used' | 'available'): ThreadGauge =>
      families.threadGauge(heapSpace(what), 'sum', ['space']);
    this.total = gaugeOf('total');
    this.used = gaugeOf('used');
    this.available = gaugeOf('available');
  }

  collect(): void {
    for (const statistics of this.source.getHeapSpaceStatistics()) {
      const { space_name: name } = statistics;
      const space = name.endsWith(SPACE_SUFFIX) ? name.slice(0, -SPACE_SUFFIX.length) : name;
      this.total.set(statistics.space_size, { space });
      this.used.set(statistics.space_used_size, { space });
      this.available.set(statistics.space_available_size, { space });
    }
  }
}
