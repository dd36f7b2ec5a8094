/** Layout picture: the blocks and fields that the header comment of layout.ts shows, and what is wrong with them. */

export interface PictureField {
  readonly offset: number;
  readonly name: string;
  readonly type: string;
}

export interface PictureBlock {
  readonly title: string;
  /** What its constants start with, as `HEADER_`. */
  readonly prefix: string;
  readonly bytes: number;
  readonly fields: readonly PictureField[];
}

export type Constants = Readonly<Record<string, unknown>>;

const BLOCK = /^ \* {3}(\w[\w ]*) \(([A-Z_]+_), (\d+) bytes\)$/;
const FIELD = /^ \* {5}\+(\d+) +(\w+) (u32|i32|u64|f64|u64x\d+)(?: |$)/;
/** Fields that are used alone have a line of the cache for themselves; only before such a line is a gap allowed. */
const LINE_BYTES = 128;

/** The blocks of the picture, in order. */
export function parsePicture(source: string): PictureBlock[] {
  const blocks: (PictureBlock & { fields: PictureField[] })[] = [];
  for (const line of source.slice(0, source.indexOf('*/')).split('\n')) {
    const block = BLOCK.exec(line);
    if (block !== null)
      blocks.push({ title: block[1]!, prefix: block[2]!, bytes: Number(block[3]), fields: [] });
    const field = FIELD.exec(line);
    if (field !== null)
      blocks.at(-1)?.fields.push({ offset: Number(field[1]), name: field[2]!, type: field[3]! });
  }
  return blocks;
}

/** What a block and the constants do not agree on, or what overlaps in it. */
export function problemsOf(block: PictureBlock, constants: Constants): string[] {
  return [...nameProblems(block, constants), ...placeProblems(block)];
}

/** `UPPER_SNAKE` of a field name. */
export function constantOf(prefix: string, field: string): string {
  return `${prefix}${field.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}_OFFSET`;
}

function nameProblems({ prefix, bytes, fields }: PictureBlock, constants: Constants): string[] {
  const problems: string[] = [];
  if (constants[`${prefix}BYTES`] !== bytes)
    problems.push(`${prefix}BYTES is ${String(constants[`${prefix}BYTES`])}, the picture says ${bytes}`);
  const drawn = new Set<string>();
  for (const { name, offset } of fields) {
    const constant = constantOf(prefix, name);
    drawn.add(constant);
    if (constants[constant] !== offset)
      problems.push(`${constant} is ${String(constants[constant])}, the picture says ${offset}`);
  }
  for (const constant of Object.keys(constants)) {
    if (constant.startsWith(prefix) && constant.endsWith('_OFFSET') && !drawn.has(constant)) {
      problems.push(`${constant} is not in the picture`);
    }
  }
  return problems;
}

function placeProblems({ bytes, fields }: PictureBlock): string[] {
  const problems: string[] = [];
  let end = 0;
  for (const { name, offset, type } of fields) {
    const size = /^[ui]32/.test(type) ? 4 : 8;
    if (offset % size !== 0) problems.push(`${name} is not aligned to ${size}`);
    if (offset < end) problems.push(`${name} overlaps the field before it`);
    if (offset > end && offset % LINE_BYTES !== 0) problems.push(`there is a gap before ${name}`);
    end = offset + size * Number(/x(\d+)$/.exec(type)?.[1] ?? 1);
  }
  if (end > bytes) problems.push('the last field leaves the block');
  if (end < bytes && bytes % LINE_BYTES !== 0) problems.push('there is a gap at the end');
  return problems;
}
