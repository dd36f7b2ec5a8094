/** Exemplars of one series at a fixed place, as several threads played in this one write and read them. */
import type { Arena } from '../../../src/memory/arena.js';
import type { Attachment } from '../../../src/memory/attachment.js';
import { SharedExemplarCell, StripedExemplarCell } from '../../../src/memory/exemplar-cell.js';
import { ExemplarClaims } from '../../../src/memory/exemplar-claims.js';
import { ExemplarContent } from '../../../src/memory/exemplar-content.js';
import type { Exemplar } from '../../../src/memory/exemplar-content.js';
import { ExemplarReader } from '../../../src/memory/exemplar-reader.js';
import { HEADER_SHARED_STRIPE_USED_OFFSET } from '../../../src/memory/layout.js';

/** Byte offset of the first exemplar in each stripe. */
export const FIRST_EXEMPLAR = 1_024;

/** Labels say what the value and the time must be, and are of another length for each. */
export function exemplarOf(id: number, timestampSeconds = id): Exemplar {
  return { labels: ['id', String(id), 'trail', `${id}`.repeat((id % 7) + 1)], value: id, timestampSeconds };
}

export function writeStriped(arena: Arena, stripe: number, exemplar: Exemplar): boolean {
  return new StripedExemplarCell(arena.words).write(wordAt(arena, stripe), contentOf(exemplar));
}

export function writeShared({ arena }: Attachment, cell: SharedExemplarCell, exemplar: Exemplar): boolean {
  return cell.write(wordAt(arena, 0), contentOf(exemplar));
}

/** What a thread writes into the shared stripe with. */
export function sharedCell(attachment: Attachment): SharedExemplarCell {
  attachment.arena.raiseHeader(HEADER_SHARED_STRIPE_USED_OFFSET, 1);
  return new SharedExemplarCell(attachment.arena.words, new ExemplarClaims(attachment));
}

export function readExemplar(arena: Arena): Exemplar | undefined {
  return new ExemplarReader(arena).read(FIRST_EXEMPLAR, 0);
}

/** Index in the arena's words of the exemplar in a stripe. */
export function wordAt(arena: Arena, stripe: number): number {
  return (arena.stripeOffset(stripe) + FIRST_EXEMPLAR) / 4;
}

export function contentOf(exemplar: Exemplar): ExemplarContent {
  const content = new ExemplarContent();
  content.set(exemplar);
  return content;
}
