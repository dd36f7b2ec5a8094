/** Whatever is recorded, every format is valid and says just that; what a registry cannot show is refused, and said. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { OpenMetricsRenderer } from '../../src/exposition/openmetrics-text.js';
import { PrometheusProtobufRenderer } from '../../src/exposition/prometheus-protobuf.js';
import { PrometheusTextRenderer } from '../../src/exposition/prometheus-text.js';
import { Registry } from '../../src/index.js';
import { parseExposition } from '../../src/testing/index.js';
import { assertConforms } from '../conformance/check-exposition.js';
import { checkRendered } from '../conformance/checked-renderings.js';
import { readPrometheusText, skip as skipPython } from '../integration/openmetrics-parser.js';
import { complaintsAbout, skip as skipPromtool } from '../integration/promtool.js';
import { silenceWarnings } from '../unit/registry/played-thread.js';
import type { ExpectedSample } from './any-registry.js';
import { LONG, expectedSamples, given, registryOf } from './any-registry.js';
import { anyDouble, hostileText } from './arbitraries.js';

silenceWarnings();

/** Sums that a thread takes in another order, or in two parts, differ in their last digits. */
const SUM_TOLERANCE = 1e-12;

function textOf(registry: Registry): string {
  const { body } = new PrometheusTextRenderer().render(registry.snapshot());
  return Buffer.from(body).toString();
}

/** As expectedSamples() has them. */
function asExpected(samples: readonly ExpectedSample[]): ExpectedSample[] {
  return samples
    .filter(({ labels }) => labels['quantile'] === undefined)
    .map(({ name, labels, value }) => ({
      name,
      labels: labels['le'] === undefined ? labels : { ...labels, le: numberText(labels['le']) },
      value,
    }));
}

function numberText(text: string): string {
  return String(text === '+Inf' ? Infinity : Number(text));
}

function isNear(a: number, b: number): boolean {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= SUM_TOLERANCE * Math.abs(b);
}

/** Nothing is near in a sample that is no sum of several. */
function assertSame(found: readonly ExpectedSample[], wanted: readonly ExpectedSample[]): void {
  const isSum = ({ name }: ExpectedSample): boolean => name.endsWith('_sum') || name === 'c_total';
  const settled = found.map((sample, i) => {
    const other = wanted[i];
    return other !== undefined && isSum(sample) && isNear(sample.value, other.value)
      ? { ...sample, value: other.value }
      : sample;
  });
  assert.deepEqual(settled, wanted);
}

describe('any registry', () => {
  it('is a valid exposition in every format', () => {
    fc.assert(
      fc.property(given, input => {
        const registry = registryOf(input);
        const snapshot = registry.snapshot();
        assert.deepEqual(checkRendered(Buffer.from(textOf(registry)), { format: 'text-0.0.4' }), []);
        assertConforms(new OpenMetricsRenderer().render(snapshot).body, { format: 'openmetrics-1.0.0' });
        assertConforms(new PrometheusProtobufRenderer().render(snapshot).body, { format: 'protobuf' });
        registry.close();
      }),
      { numRuns: 200 },
    );
  });

  it('reads back as it was recorded', () => {
    fc.assert(
      fc.property(given, input => {
        const registry = registryOf(input);
        const samples = parseExposition(textOf(registry)).flatMap(family => family.samples);
        assertSame(asExpected(samples), expectedSamples(input));
        registry.close();
      }),
      { numRuns: 200 },
    );
  });

  it('is read by promtool', { skip: skipPromtool }, () => {
    fc.assert(
      fc.property(given, input => {
        const registry = registryOf(input);
        const complaint = complaintsAbout(textOf(registry));
        // Its exit code 3 is about style: that g has no unit, say.
        assert.ok(complaint === '' || complaint.startsWith('exit code 3:'), complaint);
        registry.close();
      }),
      { numRuns: 30 },
    );
  });
});

describe('the official parser of the Prometheus text', () => {
  it('reads back the labels and the values of any registry', { skip: skipPython }, () => {
    fc.assert(
      fc.property(given, input => {
        const registry = registryOf(input);
        const samples = readPrometheusText(textOf(registry)).flatMap(family => family.samples);
        assertSame(asExpected(samples), expectedSamples(input));
        registry.close();
      }),
      { numRuns: 30 },
    );
  });
});

describe('what a registry cannot show', () => {
  const finite = anyDouble().filter(Number.isFinite);
  const noNumber = fc.oneof(
    fc.constantFrom<unknown>(NaN, Infinity, -Infinity, '1', null, {}, [], true),
    fc.bigInt(),
  );

  it('is no number: the error names it and the family, which stays as it was', () => {
    fc.assert(
      fc.property(noNumber, finite, (bad, good) => {
        const registry = new Registry({ seriesMax: 20, threadsMax: 1, stripeBytes: 65_536 });
        const counter = registry.counter({ name: 'c', help: 'C.' });
        const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [0] });
        const summary = registry.summary({ name: 's', help: 'S.', percentiles: [0.5] });
        counter.inc(Math.abs(good));
        histogram.observe(good);
        summary.observe(good);
        const before = textOf(registry);
        const shown = typeof bad === 'number' || typeof bad === 'bigint' ? String(bad) : '';
        const isNamed = (name: string) => (error: unknown) =>
          error instanceof TypeError && error.message.includes(shown) && error.message.includes(name);
        assert.throws(() => histogram.observe(bad as number), isNamed('h'));
        assert.throws(() => summary.observe(bad as number), isNamed('s'));
        if (typeof bad === 'number') assert.throws(() => counter.inc(bad), isNamed('c'));
        assert.equal(textOf(registry), before);
        registry.close();
      }),
      { numRuns: 200 },
    );
  });

  it('is a counter that goes down: the error names how far, and the family', () => {
    const registry = new Registry({ seriesMax: 20, threadsMax: 1, stripeBytes: 65_536 });
    const counter = registry.counter({ name: 'c', help: 'C.' });
    const negative = finite.filter(value => value < 0);
    fc.assert(
      fc.property(negative, value => {
        assert.throws(
          () => counter.inc(value),
          (error: Error) =>
            error.message.includes(String(-value)) && error.message.includes('; c is unchanged'),
        );
        assert.match(textOf(registry), /^c 0$/m);
      }),
    );
    registry.close();
  });

  it('is a label value beyond the limit: it is counted where it can be seen', () => {
    fc.assert(
      fc.property(fc.integer({ min: LONG + 1, max: 2 * LONG }), hostileText(), (length, value) => {
        const registry = new Registry({ seriesMax: 20, threadsMax: 1, labelValueMax: LONG });
        const counter = registry.counter({ name: 'c', help: 'C.', labelNames: ['a'] });
        counter.inc({ a: 'x'.repeat(length) });
        counter.inc({ a: value });
        const text = textOf(registry);
        assertConforms(text, { format: 'text-0.0.4' });
        assert.match(text, /^c\{otel_metric_overflow="true"\} 1$/m);
        registry.close();
      }),
      { numRuns: 20 },
    );
  });

  it('is a state that is empty, too long or no Unicode: the error names the family', () => {
    const registry = new Registry({ seriesMax: 20, threadsMax: 1 });
    for (const state of ['', 'x'.repeat(257), '\ud800', 'a\udc00'])
      assert.throws(() => registry.stateSet({ name: 'p', help: 'P.', states: ['on', state] }), {
        name: 'ConfigurationError',
        message: /^p: state '/,
      });
    assert.equal(textOf(registry), '');
    registry.close();
  });
});
