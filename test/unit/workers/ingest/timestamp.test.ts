import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checkTimeMs, parseTimestamp } from '../../../../workers/ingest/timestamp.js';

describe('parseTimestamp', () => {
  it('reads seven fractional digits of the trace as UTC', () => {
    const timeMs = parseTimestamp('2023-11-16 18:15:46.6805900');
    assert.equal(Math.round((timeMs ?? 0) * 1000), Date.UTC(2023, 10, 16, 18, 15, 46) * 1000 + 680_590);
  });

  it('reads ISO 8601 with Z, with an offset and without a fraction', () => {
    const expected = Date.UTC(2024, 1, 29, 12, 0, 0);
    assert.equal(parseTimestamp('2024-02-29T12:00:00Z'), expected);
    assert.equal(parseTimestamp('2024-02-29T14:00:00+02:00'), expected);
    assert.equal(parseTimestamp('2024-02-29T06:30:00.0-05:30'), expected);
    assert.equal(parseTimestamp('2024-02-29 12:00:00'), expected);
  });

  it('refuses days, hours and minutes that do not exist instead of carrying them over', () => {
    const texts = [
      '2023-02-29 00:00:00',
      '2023-13-01 00:00:00',
      '2023-00-10 00:00:00',
      '2023-01-00 00:00:00',
    ];
    for (const text of [...texts, '2023-01-01 24:00:00', '2023-01-01 00:60:00', '2023-01-01 00:00:60']) {
      assert.equal(parseTimestamp(text), undefined, text);
    }
  });

  it('refuses times before 1970 and texts that are no time', () => {
    for (const text of ['1969-12-31 23:59:59', '', 'now', '2023-11-16', '18:15:46', ' 2023-11-16 18:15:46']) {
      assert.equal(parseTimestamp(text), undefined, text);
    }
  });

  it('agrees with Date for every ISO time it writes', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date(253_402_300_799_999), noInvalidDate: true }),
        date => {
          assert.equal(parseTimestamp(date.toISOString()), date.getTime());
        },
      ),
    );
  });
});

describe('checkTimeMs', () => {
  it('takes Unix milliseconds up to the year 9999 and nothing else', () => {
    assert.equal(checkTimeMs(0), 0);
    assert.equal(checkTimeMs(1_700_000_000_000.5), 1_700_000_000_000.5);
    for (const value of [-1, NaN, Infinity, 253_402_300_800_000]) assert.equal(checkTimeMs(value), undefined);
  });
});
