/** The catalog entry point: metric families of whole systems, typed and ready to record into. */
export { defineStreamProcessorMetrics } from './stream-processor.js';
export type { StreamProcessorMetrics } from './stream-processor.js';
