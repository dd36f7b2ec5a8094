/** Scrape subject: a filled registry of any library, as the scrape bench sees it. */

export interface ScrapeSubject {
  /** What is measured: the exposition as the library hands it to a server. */
  render(): unknown;
  /** Changes the values that the plan wants changed by 1 each, so that no render finds what the one before left. */
  touch(): number;
  /** What a render comes to, as text. */
  text(): Promise<string>;
  /** Bytes of the last render, where that is no text. */
  readonly bodyBytes?: () => number;
  /** How often the plan was recorded in full. */
  readonly recordings: number;
  close(): Promise<void>;
}

export const TOUCH_STEP = 16;
