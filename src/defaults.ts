/**
 * Default metrics by import: `import 'threadtally/defaults'` collects in the thread that loads it, and
 * `node --import threadtally/defaults` in every thread of the program.
 */
import { collectDefaultMetrics } from './index.js';
import type { DefaultMetricsHandle } from './index.js';

/** The handle of this thread: what was begun by the import ends with its stop(). */
export const defaultMetrics: DefaultMetricsHandle = collectDefaultMetrics();
