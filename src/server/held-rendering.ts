/** Held rendering: the bytes of a rendering, given back to its source when nobody holds them any more. */
import type { Rendering } from './metrics-source.js';

export class HeldRendering {
  private holders = 0;

  constructor(private readonly rendering: Rendering) {}

  get body(): Uint8Array {
    return this.rendering.body;
  }

  /** The bytes stay as they are until the returned function is called; calling it again does nothing. */
  hold(): () => void {
    this.holders++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.holders--;
      if (this.holders === 0) this.giveBack();
    };
  }

  private giveBack(): void {
    try {
      this.rendering.release?.();
    } catch {
      // A source that cannot take its bytes back has them collected. Holders let go in callbacks of a transport, where an
      // exception would end the process.
    }
  }
}
