/** Text families: the lines of a text format by their families, and the rules of how they stand together. */
import type { LineRules, SampleLine } from './sample-line.js';
import { readSample, unescaped } from './sample-line.js';
import type { Findings } from './rules.js';

export interface TextFamily {
  readonly name: string;
  readonly place: string;
  type: string | undefined;
  hasHelp: boolean;
  unit: string | undefined;
  readonly samples: SampleLine[];
}

type SuffixesByType = Readonly<Record<string, readonly string[]>>;

const TEXT_SUFFIXES: SuffixesByType = {
  counter: [''],
  gauge: [''],
  untyped: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};
const OPENMETRICS_SUFFIXES: SuffixesByType = {
  counter: ['_total', '_created'],
  gauge: [''],
  unknown: [''],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  gaugehistogram: ['_bucket', '_gsum', '_gcount'],
  summary: ['', '_sum', '_count', '_created'],
  info: ['_info'],
  stateset: [''],
};
/** Longer ones first: `_gsum` before `_sum`. */
const SUFFIXES = ['_bucket', '_created', '_gcount', '_count', '_total', '_gsum', '_info', '_sum'];

const METADATA = /^# (HELP|TYPE|UNIT) ("(?:[^"\\]|\\[^])*"|[^ "]+)(?: ([^]*))?$/;
const LEGACY_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const ORDER = { text: ['HELP', 'TYPE'], openMetrics: ['TYPE', 'UNIT', 'HELP'] } as const;

type Keyword = 'HELP' | 'TYPE' | 'UNIT';

/**
 * Reads a text line by line.
 *
 * @param text decoded; its last line may lack its LF
 */
export function readFamilies(text: string, rules: LineRules, findings: Findings): TextFamily[] {
  const reader = new FamilyReader(rules, findings);
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  lines.forEach((line, index) => reader.read(line, `line ${index + 1}`));
  return reader.end(`line ${lines.length}`);
}

class FamilyReader {
  private readonly families = new Map<string, TextFamily>();
  private current: TextFamily | undefined;
  /** The metadata of the current family so far, in order. */
  private metadata: Keyword[] = [];
  private isEnded = false;

  constructor(
    private readonly rules: LineRules,
    private readonly findings: Findings,
  ) {}

  read(text: string, place: string): void {
    const { findings } = this;
    const { isOpenMetrics } = this.rules;
    const isReturned = text.endsWith('\r') && !text.startsWith('# HELP ');
    const line = isReturned ? text.slice(0, -1) : text;
    if (this.isEnded) findings.add('eof', place, `behind # EOF: ${line}`);
    if (isReturned) findings.add('carriage-return', place, text);
    if (line === '') {
      if (isOpenMetrics) findings.add('blank-line', place, line);
    } else if (isOpenMetrics && line === '# EOF') this.isEnded = true;
    else if (line.startsWith('#')) this.comment(line, place);
    else this.sample(line, place);
  }

  end(place: string): TextFamily[] {
    if (this.rules.isOpenMetrics && !this.isEnded) this.findings.add('eof', place, 'no # EOF at the end');
    for (const { hasHelp, name, place: at, type } of this.families.values()) {
      if (type === undefined) this.findings.add('metadata-missing', at, `no TYPE of ${name}`);
      if (!hasHelp) this.findings.add('metadata-missing', at, `no HELP of ${name}`);
    }
    return [...this.families.values()];
  }

  private comment(line: string, place: string): void {
    const { findings } = this;
    const { isOpenMetrics } = this.rules;
    const [, keyword, written, text] = METADATA.exec(line) ?? [];
    // A comment of any other kind is legal in the Prometheus text, UNIT too.
    if (keyword === undefined || (keyword === 'UNIT' && !isOpenMetrics)) {
      if (isOpenMetrics) findings.add('comment', place, line);
      else if (/^#[ \t]*(?:HELP|TYPE)\b/.test(line)) findings.add('metadata-syntax', place, line);
      return;
    }
    const family = this.familyFor(this.nameOf(written!, place), place, 'family-twice');
    this.checkOrder(keyword as Keyword, family, place);
    if (keyword === 'HELP') {
      family.hasHelp = true;
      this.checkHelp(text ?? '', place);
    } else if (keyword === 'TYPE') {
      family.type = text ?? '';
      if (!Object.hasOwn(this.suffixes, family.type)) findings.add('type', place, line);
    } else {
      family.unit = text ?? '';
      if (!/^[a-zA-Z0-9_:]+$/.test(family.unit)) findings.add('metadata-syntax', place, line);
    }
  }

  private checkOrder(keyword: Keyword, family: TextFamily, place: string): void {
    const { findings, metadata } = this;
    const line = `${keyword} of ${family.name}`;
    if (metadata.includes(keyword)) findings.add('metadata-twice', place, line);
    if (family.samples.length > 0) findings.add('metadata-late', place, line);
    const order: readonly Keyword[] = this.rules.isOpenMetrics ? ORDER.openMetrics : ORDER.text;
    const last = metadata.at(-1);
    if (last !== undefined && order.indexOf(keyword) < order.indexOf(last))
      findings.add('metadata-order', place, `${line} behind ${last}`);
    metadata.push(keyword);
  }

  private checkHelp(text: string, place: string): void {
    const { isOpenMetrics } = this.rules;
    const isEscaped = isOpenMetrics ? /^(?:[^"\\]|\\["\\n])*$/ : /^(?:[^\\]|\\[\\n])*$/;
    if (!isEscaped.test(text)) this.findings.add('help-escape', place, text);
  }

  private nameOf(written: string, place: string): string {
    const { findings } = this;
    if (!written.startsWith('"')) {
      if (!LEGACY_NAME.test(written)) findings.add('name', place, written);
      return written;
    }
    if (!this.rules.isQuotingAllowed) findings.add('quoted-name', place, written);
    return unescaped(written.slice(1, -1), place, findings);
  }

  private sample(line: string, place: string): void {
    const sample = readSample(line, place, this.rules, this.findings);
    if (sample === undefined) return;
    const owner = this.ownerOf(sample.name);
    const family = this.familyFor(owner?.name ?? sample.name, place, 'family-split');
    const suffix = sample.name.slice(family.name.length);
    if (family.type !== undefined && !this.suffixesOf(family).includes(suffix))
      this.findings.add('sample-of-family', place, `${sample.name} in the ${family.type} ${family.name}`);
    family.samples.push(sample);
  }

  /** The family that this line belongs to; a finding when others stood between it and its own. */
  private familyFor(name: string, place: string, rule: 'family-split' | 'family-twice'): TextFamily {
    let family = this.families.get(name);
    if (family === undefined) {
      family = { name, place, type: undefined, hasHelp: false, unit: undefined, samples: [] };
      this.families.set(name, family);
      this.metadata = [];
    } else if (family !== this.current) {
      this.findings.add(rule, place, `${name} goes on behind ${this.current!.name}`);
      this.metadata = [];
    }
    this.current = family;
    return family;
  }

  /** The family whose type makes samples of this name, the current one first. */
  private ownerOf(name: string): TextFamily | undefined {
    const { current, families } = this;
    if (current !== undefined && this.makes(current, name)) return current;
    const own = families.get(name);
    if (own !== undefined) return own;
    for (const suffix of SUFFIXES) {
      const family = name.endsWith(suffix) ? families.get(name.slice(0, -suffix.length)) : undefined;
      if (family !== undefined && this.makes(family, name)) return family;
    }
    return undefined;
  }

  private makes(family: TextFamily, name: string): boolean {
    return name.startsWith(family.name) && this.suffixesOf(family).includes(name.slice(family.name.length));
  }

  private suffixesOf({ type }: TextFamily): readonly string[] {
    return this.suffixes[type ?? ''] ?? [''];
  }

  private get suffixes(): SuffixesByType {
    return this.rules.isOpenMetrics ? OPENMETRICS_SUFFIXES : TEXT_SUFFIXES;
  }
}
