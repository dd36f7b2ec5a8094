/** Text dialect: what the text formats write differently. Everything else about them is the same, see text-renderer.ts. */
import type { FamilyDescriptor } from '../primitives/family-descriptor.js';
import type { FamilySnapshot } from '../registry/snapshot.js';
import type { SeriesLines } from './text-lines.js';
import type { SeriesForm, TextSeries } from './text-series.js';

export interface TextDialect {
  /** What stands before the samples of a family: whole lines. */
  commentsOf(descriptor: FamilyDescriptor): string;
  /** What is encoded of each series of a family, once. */
  formOf(family: FamilySnapshot): SeriesForm;
  /**
   * Who writes the lines of a family; undefined when each series is one line, of which only the value changes: its form
   * has a sample name and no created sample then.
   *
   * @param series has located the series whose lines are written
   */
  linesOf(family: FamilySnapshot, series: TextSeries): SeriesLines | undefined;
  /** True when what counts has a created sample for each series. */
  readonly hasCreated: boolean;
  /** Behind the last family. */
  readonly end: string;
}

/** Backslash and line feed. */
export function escapeBackslashes(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}

/** Backslash, line feed and quote: what stands between quotes, and HELP of OpenMetrics. */
export function escapeQuoted(text: string): string {
  return escapeBackslashes(text).replace(/"/g, '\\"');
}
