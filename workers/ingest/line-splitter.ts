/**
 * Text chunks -> lines, with bounded memory.
 *
 * Promises  Every line is given exactly once, in order, however the text is cut into chunks; the last one needs no
 *           line end. A line over the limit is given as `LINE_TOO_LONG` and its text is not kept, so a file without
 *           line ends cannot fill the memory.
 */

/** In the place of a line over the limit, so that line numbers stay right. */
export const LINE_TOO_LONG = Symbol('line too long');

export type Line = string | typeof LINE_TOO_LONG;

export class LineSplitter {
  private rest = '';
  private skipping = false;
  private readonly lineLengthMax: number;

  constructor(lineLengthMax: number) {
    this.lineLengthMax = lineLengthMax;
  }

  push(chunk: string): Line[] {
    const lines: Line[] = [];
    let startIndex = 0;
    for (let endIndex = chunk.indexOf('\n'); endIndex >= 0; endIndex = chunk.indexOf('\n', startIndex)) {
      lines.push(this.finishLine(chunk.slice(startIndex, endIndex)));
      startIndex = endIndex + 1;
    }
    this.keep(chunk.slice(startIndex));
    return lines;
  }

  /** The last line, where the text does not end with a line end. */
  end(): Line[] {
    return this.rest === '' && !this.skipping ? [] : [this.finishLine('')];
  }

  private finishLine(tail: string): Line {
    const line = this.rest + tail;
    const tooLong = this.skipping || line.length > this.lineLengthMax;
    this.rest = '';
    this.skipping = false;
    if (tooLong) return LINE_TOO_LONG;
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }

  private keep(tail: string): void {
    if (this.skipping) return;
    this.rest += tail;
    if (this.rest.length > this.lineLengthMax) {
      this.rest = '';
      this.skipping = true;
    }
  }
}
