/**
 * Text names: how names stand in the text formats. One that is no legacy name stands in quotes, the name of a sample inside
 * the braces, before its labels (prometheus.io/docs/instrumenting/exposition_formats, "Comments, help text, and type
 * information").
 *
 *     legacy     jobs_total{queue="mail"} 1            jobs_total 1
 *     quoted     {"jobs.total","queue.id"="mail"} 1    {"jobs.total"} 1
 */
import { isLegacyLabelName, isLegacyMetricName } from '../primitives/name-rules.js';
import type { Fragment } from './text-buffer.js';
import { fragmentOf } from './text-buffer.js';
import { escapeQuoted } from './text-dialect.js';

/** How the samples of one name begin; made once for a family. */
export interface SampleHead {
  /** What stands before the labels. */
  readonly open: Fragment;
  /** What stands before the value of a sample without labels. */
  readonly bare: Fragment;
}

export function sampleHeadOf(sampleName: string): SampleHead {
  return { open: fragmentOf(openingOf(sampleName)), bare: fragmentOf(bareOf(sampleName)) };
}

/** What stands before the labels of a sample: its name, and what opens or goes on with the labels. */
export function openingOf(sampleName: string): string {
  return isLegacyMetricName(sampleName) ? `${sampleName}{` : `{${quoted(sampleName)},`;
}

/** What stands before the value of a label. */
export function labelHeadOf(labelName: string): Fragment {
  return fragmentOf(`${labelText(labelName)}="`);
}

/** The name of a family in HELP, TYPE and UNIT. */
export function familyText(name: string): string {
  return isLegacyMetricName(name) ? name : quoted(name);
}

export function labelText(name: string): string {
  return isLegacyLabelName(name) ? name : quoted(name);
}

function bareOf(sampleName: string): string {
  return isLegacyMetricName(sampleName) ? `${sampleName} ` : `{${quoted(sampleName)}} `;
}

function quoted(name: string): string {
  return `"${escapeQuoted(name)}"`;
}
