/** Address line: where the metrics are, told once to each reader. */

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * For a script that reads stdout the address is its only line; for people it is on stderr, among the other messages. Where
 * both are one terminal, a second line would only be in the way.
 */
export function printAddress(url: string, stdout: Output, stderr: Output): void {
  stderr.write(`listening on ${url}\n`);
  if (stdout.isTTY !== true || stderr.isTTY !== true) stdout.write(`${url}\n`);
}
