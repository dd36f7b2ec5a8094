/** Area report: the Markdown of one result file. */
import type { Column } from './bench-case.js';
import type { Machine } from './machine.js';
import { formatNumber, markdownTable } from './markdown-table.js';
import type { AreaResult, ResultRow } from './result-file.js';
import { slowerThan } from './slower.js';
import type { MachineSpeed } from './steady-runs.js';

/** Tables, where it was measured, and what is slower than something else. */
export function areaReport(result: AreaResult): string {
  const sections = [`## ${result.title}`, result.about, measuredBy(result), ...tablesOf(result)];
  const slower = slowerThan(result);
  if (slower.length > 0)
    sections.push('Where threadtally needs more than something else, and why:', bulletList(slower));
  if (result.skipped.length > 0) {
    sections.push(
      'Not measured here:',
      bulletList(result.skipped.map(({ id, reason }) => `${id}: ${reason}`)),
    );
  }
  return sections.join('\n\n');
}

interface Table {
  readonly columns: readonly Column[];
  readonly rows: ResultRow[];
}

/** One for all operations of which the same is known: a table of everything would be empty for the most part. */
function tablesOf({ columns, rows }: AreaResult): string[] {
  const tables = new Map<string, Table>();
  for (const { operation } of rows) {
    const own = rows.filter(row => row.operation === operation);
    const known = columns.filter(({ reading }) => own.some(({ summary }) => summary[reading] !== undefined));
    const key = known.map(({ reading }) => reading).join();
    const table = tables.get(key) ?? { columns: known, rows: [] };
    if (!table.rows.includes(own[0]!)) table.rows.push(...own);
    tables.set(key, table);
  }
  return [...tables.values()].map(tableOf);
}

function tableOf({ columns, rows }: Table): string {
  const heads = ['operation', 'implementation', 'call', ...columns.flatMap(headsOf), 'runs'];
  const lines = rows.map(row => [
    row.operation,
    row.implementation,
    `\`${row.call}\``,
    ...columns.flatMap(column => cellsOf(row, column)),
    String(row.runs.length),
  ]);
  return markdownTable(heads, lines, 3);
}

function headsOf({ heading, showsSpread }: Column): string[] {
  return showsSpread ? [heading, 'lowest .. highest run'] : [heading];
}

function cellsOf(row: ResultRow, { reading, digits, showsSpread }: Column): string[] {
  const summary = row.summary[reading];
  if (summary === undefined) return showsSpread ? ['', ''] : [''];
  const { median, min, max } = summary;
  const value = formatNumber(median, digits);
  return showsSpread ? [value, `${formatNumber(min, digits)} .. ${formatNumber(max, digits)}`] : [value];
}

function measuredBy({ date, preset, commit, machine, speed }: AreaResult): string {
  const source = commit === undefined ? '' : `, commit ${commit}`;
  const worth = preset === 'quick' ? ', whose times mean nothing' : '';
  return `Measured ${date.slice(0, 10)}, preset ${preset}${worth}${source}. ${machineText(machine, speed)}`;
}

function machineText(machine: Machine, speed: MachineSpeed | undefined): string {
  const facts = [
    `Node.js ${machine.node} (V8 ${machine.v8})`,
    machine.os,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB`,
    `governor ${machine.governor ?? 'not told by the system'}`,
    `load average ${formatNumber(machine.loadAverage, 2)} at the start`,
    `clock step ${machine.clockStepNs} ns`,
    ...(speed === undefined ? [] : [speedText(speed)]),
    ...Object.entries(machine.peers).map(([name, version]) => `${name} ${version}`),
  ];
  return `${facts.join('; ')}.`;
}

function speedText({ besideRunsNs, bestNs }: MachineSpeed): string {
  const [beside, best] = [besideRunsNs, bestNs].map(ns => formatNumber(ns, 1));
  return `Atomics.add on one word ${beside} ns beside the runs, ${best} ns at best`;
}

function bulletList(lines: readonly string[]): string {
  return lines.map(line => `- ${line}`).join('\n');
}
