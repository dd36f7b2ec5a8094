/** Long enough to span several words of memory, and different in each of them. */
export function textOf(id: number): string {
  return `${id}:`.repeat(1 + (id % 17));
}
