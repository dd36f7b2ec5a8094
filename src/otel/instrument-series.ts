/** Instrument series: the handles of one stream in one thread, by the attributes of a recording. */
import type { Attributes } from '@opentelemetry/api';
import { attributeText, fieldsOf } from '../primitives/attribute-set.js';
import { AttributeCache } from './attribute-cache.js';
import type { Placed } from './attribute-cache.js';
import type { InstrumentFamily } from './instrument-families.js';

export class InstrumentSeries<H extends Placed> {
  private readonly cache: AttributeCache<H>;
  private bare: H | undefined;

  /** @param instrument as instrumentText() */
  constructor(
    private readonly family: InstrumentFamily<H>,
    private readonly instrument: string,
    private readonly isKept?: (key: string) => boolean,
  ) {
    this.cache = new AttributeCache<H>(isKept);
  }

  /** The handle of a recording with these attributes. Never throws. */
  of(attributes: Attributes | null | undefined): H {
    if (attributes === undefined) return this.bare ?? this.withoutAttributes();
    // What is no object has no keys, and is no attributes.
    const known =
      typeof attributes === 'object' && attributes !== null ? this.cache.get(attributes) : undefined;
    return known ?? this.find(attributes);
  }

  private withoutAttributes(): H {
    const handle = this.family.labels(attributeText(this.instrument, undefined));
    // Made at the first recording: a handle is a series, and counted against the limits.
    if (handle.place.isLive()) this.bare = handle;
    return handle;
  }

  private find(attributes: Attributes | null): H {
    // Once for both: what the cache keeps must be what the text was made of.
    const fields = fieldsOf(attributes);
    const handle = this.family.labels(attributeText(this.instrument, fields, this.isKept));
    this.cache.add(fields, handle);
    return handle;
  }
}
