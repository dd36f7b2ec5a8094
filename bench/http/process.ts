/** The process of one load case: it asks for the health itself, and starts the server and wrk. */
import { reportCase } from '../harness/case-reporter.js';
import { PRESETS } from '../harness/preset.js';
import { LOAD_CASES } from './case-list.js';

await reportCase(({ id, preset }) => LOAD_CASES.find(one => one.id === id)!.measure(PRESETS[preset]));
