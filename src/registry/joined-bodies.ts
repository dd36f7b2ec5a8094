/** Joined bodies: one exposition from several, of one format. */
import type { RenderedBody } from './renderers.js';

/** What ends an exposition of OpenMetrics, and may stand nowhere else in it. */
const END = Buffer.from('# EOF\n');

/** Of the text formats the lines, of protobuf the messages, one after the other. Copies; gives the parts back. */
export function joinedBodies(parts: readonly RenderedBody[], contentType: string): RenderedBody {
  if (parts.length === 1) return parts[0]!;
  const hasEnd = contentType.startsWith('application/openmetrics-text');
  const bodies = parts.map(({ body }, index) =>
    hasEnd && index < parts.length - 1 ? body.subarray(0, body.length - END.length) : body,
  );
  const body = Buffer.concat(bodies);
  for (const { release } of parts) release();
  return { body, release: () => undefined };
}
