/** Scrape subject: a filled registry of any library, as the scrape bench sees it. */

export interface ScrapeSubject {
  /** What is measured: the exposition as the library hands it to a server. */
  render(): unknown;
  /** Changes the value of every sixteenth series by 1, so that no render finds what the one before left. */
  touch(): number;
  text(): Promise<string>;
  /** How often the plan was recorded in full. */
  readonly recordings: number;
  close(): Promise<void>;
}

export const TOUCH_STEP = 16;
