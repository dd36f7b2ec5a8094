/**
 * Default metrics by import: `import 'threadtally/defaults'` collects in the thread that loads it, and
 * `node --import threadtally/defaults` in every thread of the program.
 */
import { collectDefaultMetrics } from './index.js';

collectDefaultMetrics();
