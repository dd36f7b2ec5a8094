/** Prints whether scrapes of what the first argument names come to make little, in the format that the second one names. */
import { silenceWarnings } from '../registry/played-thread.js';
import { comesToMakeLittle, FILLS, RENDERERS } from './scrape-garbage.js';

silenceWarnings();

const [what, format] = process.argv.slice(2) as [string, string];
console.log(comesToMakeLittle(FILLS[what]!, RENDERERS[format]!()));
