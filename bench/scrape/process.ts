/** The process of one scrape case. */
import { reportCase } from '../harness/case-reporter.js';
import { PRESETS } from '../harness/preset.js';
import { SCRAPE_CASES } from './case-list.js';

await reportCase(({ id, preset }) => SCRAPE_CASES.find(one => one.id === id)!.measure(PRESETS[preset]));
