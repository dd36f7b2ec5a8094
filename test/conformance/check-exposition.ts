/** Check of an exposition: every rule that it breaks. */
import assert from 'node:assert/strict';
import { checkNames } from './name-rules.js';
import { checkProtobuf } from './protobuf-rules.js';
import { Findings, reportOf } from './rules.js';
import type { BoundForm, ConformanceFormat, Violation } from './rules.js';
import { readFamilies } from './text-families.js';
import type { TextRules } from './text-rules.js';
import { checkFamilies } from './text-rules.js';

export interface CheckOptions {
  readonly format: ConformanceFormat;
  /** Default: `canonical`. The other one for a registry that was asked for the spelling of prom-client. */
  readonly boundForm?: BoundForm;
  /** True where `escaping=allow-utf-8` was negotiated. Default: in the format that was made for it. */
  readonly isQuotingAllowed?: boolean;
  /** True where names were escaped: what is no legacy name may start with `__` then. Default: false. */
  readonly isReservedAllowed?: boolean;
  /** True when the last series may lack samples. Default: false. */
  readonly isCut?: boolean;
}

const LF = 0x0a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The first violations of the body, in order of the rules that found them; none when it conforms. */
export function checkExposition(body: Uint8Array | string, options: CheckOptions): readonly Violation[] {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const findings = new Findings();
  const { format, boundForm = 'canonical', isCut = false, isReservedAllowed = false } = options;
  const isQuotingAllowed = options.isQuotingAllowed ?? format === 'text-1.0.0';
  const labels = { isQuotingAllowed, isReservedAllowed };
  if (format === 'protobuf') checkProtobuf(bytes, labels, findings);
  else
    checkText(
      bytes,
      { ...labels, boundForm, isCut, isOpenMetrics: format === 'openmetrics-1.0.0' },
      findings,
    );
  return findings.violations;
}

/** @throws AssertionError with every violation, a line each */
export function assertConforms(body: Uint8Array | string, options: CheckOptions): void {
  const violations = checkExposition(body, options);
  assert.ok(violations.length === 0, `no valid ${options.format}:\n${reportOf(violations)}`);
}

function checkText(bytes: Uint8Array, rules: TextRules, findings: Findings): void {
  const isMarked = BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte);
  if (isMarked) findings.add('byte-order-mark', 'line 1', 'EF BB BF');
  // OpenMetrics leaves the last one, behind # EOF, to the writer.
  if (!rules.isOpenMetrics && bytes.length > 0 && bytes.at(-1) !== LF)
    findings.add('last-line-feed', 'the end', Buffer.from(bytes.subarray(-40)).toString());
  const families = readFamilies(textOf(bytes, findings).slice(isMarked ? 1 : 0), rules, findings);
  checkFamilies(families, rules, findings);
  checkNames(families, findings);
}

function textOf(bytes: Uint8Array, findings: Findings): string {
  try {
    return decoder.decode(bytes);
  } catch {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
    const line = text.slice(0, text.indexOf('\ufffd')).split('\n').length;
    findings.add('utf-8', `line ${line}`, text.split('\n')[line - 1]!);
    return text;
  }
}
