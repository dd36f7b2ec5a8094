/** threadtally/testing: what tests of programs with metrics need. */
export { assertExposition, sampleValue } from './assert-exposition.js';
export type { ExpositionOptions, MetricsSource } from './assert-exposition.js';
export { ExpositionSyntaxError, parseExposition } from './exposition-parser.js';
export type { ExpositionFamily, ExpositionSample, ExpositionType } from './exposition-parser.js';
