/**
 * Text names: how names stand in the text formats. One that is no legacy name stands in quotes, the name of a sample inside
 * the braces, before its labels (prometheus.io/docs/instrumenting/exposition_formats, "Comments, help text, and type
 * information").
 *
 *     legacy     jobs_total{queue="mail"} 1            jobs_total 1
 *     quoted     {"jobs.total","queue.id"="mail"} 1    {"jobs.total"} 1
 */
import { isLegacyLabelName, isLegacyMetricName } from '../primitives/name-rules.js';
import { escapeQuoted } from './text-dialect.js';

/** What stands before the labels of a sample: its name, and what opens or goes on with the labels. */
export function openingOf(sampleName: string): string {
  return isLegacyMetricName(sampleName) ? `${sampleName}{` : `{${quoted(sampleName)},`;
}

/** What stands before the value of a sample without labels. */
export function bareOf(sampleName: string): string {
  return openingOf(sampleName).slice(0, -1) + closingOf(sampleName);
}

/** What bareOf() ends in, in place of the last character of the opening. */
export function closingOf(sampleName: string): string {
  return isLegacyMetricName(sampleName) ? ' ' : '} ';
}

/** The name of a family in HELP, TYPE and UNIT. */
export function familyText(name: string): string {
  return isLegacyMetricName(name) ? name : quoted(name);
}

export function labelText(name: string): string {
  return isLegacyLabelName(name) ? name : quoted(name);
}

function quoted(name: string): string {
  return `"${escapeQuoted(name)}"`;
}
