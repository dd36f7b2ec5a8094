/**
 * Tumbling windows: sliding ones that slide by their whole size, so each event is in exactly one.
 */
import { SlidingWindows } from './sliding-window.js';

export interface TumblingWindowLimits {
  readonly sizeMs: number;
  readonly allowedLatenessMs: number;
}

export class TumblingWindows extends SlidingWindows {
  constructor({ sizeMs, allowedLatenessMs }: TumblingWindowLimits) {
    super({ sizeMs, slideMs: sizeMs, allowedLatenessMs });
  }
}
