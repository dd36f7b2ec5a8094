/**
 * Kept texts: label values as handles keep them, one copy for all handles, without what the caller made them of.
 *
 * A text that was put together keeps its parts, one that was cut out of a longer text keeps all of that, and each of a
 * thousand equal ones is a thousand objects. The engine has one copy of whatever is the name of a property, and gives it
 * back when it lists the names.
 */

/** Shorter ones are never made of others, see the constants of V8 for cons strings and slices. */
const MADE_OF_OTHERS_LENGTH = 13;

/** Has no name but between two statements here, and inherits none. */
const names = Object.create(null) as Record<string, true>;

/** Puts equal texts, to be kept for long, in the place of those in a list. */
export function keepTexts(texts: string[]): void {
  for (let i = 0; i < texts.length; i++) {
    if (texts[i]!.length >= MADE_OF_OTHERS_LENGTH) texts[i] = keptText(texts[i]!);
  }
}

function keptText(text: string): string {
  let kept = text;
  names[text] = true;
  for (const name in names) kept = name;
  delete names[text];
  return kept;
}
