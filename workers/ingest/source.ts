/**
 * Where events come from: a file, standard input, or the generator.
 */
import type { JobOptions } from '../options.js';
import type { EventSource } from './event-source.js';
import { openFileSource } from './file-source.js';
import { EventGenerator } from './generator.js';
import type { MalformedRowReport } from './row.js';

/** @throws InputError when the file cannot be opened. */
export function openSource(
  options: JobOptions,
  onMalformed: (report: MalformedRowReport) => void,
): Promise<EventSource> {
  if (options.input !== undefined) return openFileSource({ file: options.input, onMalformed });
  return Promise.resolve(new EventGenerator(options.generator));
}
