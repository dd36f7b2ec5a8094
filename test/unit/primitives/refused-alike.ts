/** What prom-client refuses is refused with an error that begins as its own, quotes texts and names the metric. */
import assert from 'node:assert/strict';

export function assertRefusedAlike(ours: () => unknown, theirs: () => unknown, metricName: string): void {
  const [our, their] = [refusalOf(ours), refusalOf(theirs)];
  assert.equal(our.name, their.name);
  assert.equal(our.message.replaceAll("'", '').indexOf(their.message.replaceAll("'", '')), 0, our.message);
  assert.match(our.message.slice(their.message.length), new RegExp(`\\b${metricName}\\b`));
}

/** The error that a call throws. */
export function refusalOf(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
  return assert.fail('nothing was refused');
}
