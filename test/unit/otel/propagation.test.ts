import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Context } from '@opentelemetry/api';
import { ROOT_CONTEXT, TraceFlags, context, createTraceState, propagation, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import type { HttpHeaders, KafkaHeaders } from '../../../src/otel/index.js';
import {
  contextOf,
  continueTrace,
  extractHttpHeaders,
  extractKafkaHeaders,
  injectHttpHeaders,
  injectKafkaHeaders,
  traceCarrier,
} from '../../../src/otel/index.js';
import { SpanRecorder } from './recorded-spans.js';

const recorder = new SpanRecorder();
before(() => recorder.start());
after(() => recorder.stop());

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;
const OTHER = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;

/** With a span, a trace state and baggage. */
function fullContext(): Context {
  const span = {
    traceId: TRACE_ID,
    spanId: SPAN_ID,
    traceFlags: TraceFlags.SAMPLED,
    traceState: createTraceState('vendor=v1'),
  };
  const active = trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext(span));
  return propagation.setBaggage(active, propagation.createBaggage({ tenant: { value: 'köln, süd' } }));
}

function assertFull(found: Context): void {
  const span = trace.getSpanContext(found)!;
  assert.deepEqual([span.traceId, span.spanId, span.traceFlags], [TRACE_ID, SPAN_ID, TraceFlags.SAMPLED]);
  assert.equal(span.isRemote, true);
  assert.equal(span.traceState!.get('vendor'), 'v1');
  assert.equal(propagation.getBaggage(found)!.getEntry('tenant')!.value, 'köln, süd');
}

const traceIdOf = (found: Context): string | undefined => trace.getSpanContext(found)?.traceId;

describe('HTTP headers', () => {
  for (const [shape, make] of [
    ['an object', (): HttpHeaders => ({ Accept: '*/*', count: 1, list: ['a'], none: undefined })],
    ['Headers', (): HttpHeaders => new Headers({ Accept: '*/*' })],
  ] as const) {
    it(`carry a context in ${shape}`, () => {
      const headers = make();
      assert.equal(injectHttpHeaders(headers, fullContext()), headers);
      assertFull(extractHttpHeaders(headers));
    });
  }

  it('carry the active context, and nothing outside of spans', () => {
    assert.deepEqual(injectHttpHeaders({}), {});
    assert.deepEqual(Object.keys(context.with(fullContext(), () => injectHttpHeaders({}))).sort(), [
      'baggage',
      'traceparent',
      'tracestate',
    ]);
  });

  it('are the same in any case: what a request said before is replaced', () => {
    const headers = injectHttpHeaders({ Traceparent: OTHER }, fullContext());
    assert.deepEqual(
      Object.keys(headers).filter(name => /traceparent/i.test(name)),
      ['traceparent'],
    );
    assert.equal(traceIdOf(extractHttpHeaders({ TraceParent: TRACEPARENT })), TRACE_ID);
  });

  it('may have several values', () => {
    const found = extractHttpHeaders({
      traceparent: TRACEPARENT,
      tracestate: ['a=1', 'b=2'],
      baggage: ['x=1', 'y=2'],
    });
    assert.equal(trace.getSpanContext(found)!.traceState!.serialize(), 'a=1,b=2');
    assert.equal(propagation.getBaggage(found)!.getAllEntries().length, 2);
  });
});

describe('Kafka headers', () => {
  const SHAPES: Record<string, () => KafkaHeaders> = {
    'the fields of kafkajs': () => ({
      kind: Buffer.from('order'),
      several: ['a', Buffer.from('b')],
      none: undefined,
    }),
    'the list of node-rdkafka': () => [{ kind: Buffer.from('order') }, { several: 'a' }, { several: 'b' }],
  };
  for (const [shape, make] of Object.entries(SHAPES)) {
    it(`carry a context in ${shape}, as bytes, beside what is there`, () => {
      const headers = make();
      const before = structuredClone(headers);
      assert.equal(injectKafkaHeaders(headers, fullContext()), headers);
      assertFull(extractKafkaHeaders(headers));
      const fields = Array.isArray(headers) ? headers : [headers];
      const names = ['traceparent', 'tracestate', 'baggage'];
      for (const name of names) {
        const field = fields.find(candidate => name in candidate)!;
        assert.ok(Buffer.isBuffer(field[name]));
        delete field[name];
      }
      assert.deepEqual(
        structuredClone(
          Array.isArray(headers) ? headers.filter(field => Object.keys(field).length > 0) : headers,
        ),
        before,
      );
    });

    it(`in ${shape} have one trace, whatever was there`, () => {
      const headers = injectKafkaHeaders(
        injectKafkaHeaders(make(), contextOf({ traceparent: OTHER })),
        fullContext(),
      );
      assertFull(extractKafkaHeaders(headers));
      const fields = Array.isArray(headers) ? headers : [headers];
      assert.equal(fields.filter(field => 'traceparent' in field).length, 1);
    });
  }

  it('may have elements that are none: they stay, and nothing throws', () => {
    const headers = [null, { kind: 'order' }] as unknown as KafkaHeaders & unknown[];
    injectKafkaHeaders(headers, fullContext());
    assert.equal(headers[0], null);
    assertFull(extractKafkaHeaders(headers));
  });

  it('are new ones when there are none', () => {
    assertFull(extractKafkaHeaders(injectKafkaHeaders(undefined, fullContext())));
  });

  it('are read as bytes or text, and the last of several counts', () => {
    for (const value of [TRACEPARENT, Buffer.from(TRACEPARENT), new TextEncoder().encode(TRACEPARENT)]) {
      assert.equal(traceIdOf(extractKafkaHeaders({ traceparent: value })), TRACE_ID);
      assert.equal(traceIdOf(extractKafkaHeaders({ traceparent: [OTHER, value] })), TRACE_ID);
      assert.equal(
        traceIdOf(extractKafkaHeaders([{ traceparent: OTHER }, { traceparent: value }])),
        TRACE_ID,
      );
    }
  });
});

describe('a trace carrier', () => {
  it('takes a context through the structured clone of messages', () => {
    const carrier = structuredClone(traceCarrier(fullContext()));
    assertFull(contextOf(carrier));
    assert.equal(
      continueTrace(carrier, () => traceIdOf(context.active())),
      TRACE_ID,
    );
  });

  it('is empty outside of spans', () => {
    assert.deepEqual(traceCarrier(), {});
    assert.equal(traceIdOf(contextOf({})), undefined);
    assert.equal(
      continueTrace(undefined, () => 3),
      3,
    );
  });
});

describe('what comes from outside', () => {
  const value = fc.oneof(
    fc.anything(),
    fc.constantFrom(TRACEPARENT, `${TRACEPARENT}-`, TRACEPARENT.toUpperCase(), `ff${TRACEPARENT.slice(2)}`),
    fc.uint8Array(),
    fc.string({ unit: 'binary' }),
  );
  const fields = fc.dictionary(
    fc.constantFrom('traceparent', 'tracestate', 'baggage', 'other'),
    fc.oneof(value, fc.array(value)),
  );
  const anyHeaders = fc.oneof(fields, fc.array(fc.oneof(fields, fc.anything())), fc.anything());

  it('gives a usable span or none, and never an error', () => {
    fc.assert(
      fc.property(anyHeaders, headers => {
        for (const extract of [extractKafkaHeaders, extractHttpHeaders, contextOf]) {
          const span = trace.getSpanContext(extract(headers as never));
          assert.ok(span === undefined || trace.isSpanContextValid(span));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
