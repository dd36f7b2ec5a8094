/** Exposition text: the few things that benches read from it to check what was recorded. */

/** Sum of all samples of this name, whatever their labels. */
export function sumOfSamples(text: string, name: string): number {
  let sum = 0;
  for (const value of samplesOf(text, name)) sum += value;
  return sum;
}

export function countSamples(text: string, name: string): number {
  let count = 0;
  for (const _ of samplesOf(text, name)) count++;
  return count;
}

function* samplesOf(text: string, name: string): Iterable<number> {
  for (let start = 0; start < text.length;) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    const next = text.charAt(start + name.length);
    if ((next === '{' || next === ' ') && text.startsWith(name, start)) {
      yield Number(text.slice(text.lastIndexOf(' ', end - 1) + 1, end));
    }
    start = end + 1;
  }
}
