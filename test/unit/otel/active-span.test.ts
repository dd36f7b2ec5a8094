import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { after, afterEach, before, describe, it } from 'node:test';
import { ROOT_CONTEXT, TraceFlags, context, trace } from '@opentelemetry/api';
import type { Context, ContextManager, SpanContext } from '@opentelemetry/api';
import { Registry, setExemplarSource } from '../../../src/index.js';
import { exemplarsFromActiveSpan } from '../../../src/otel/index.js';
import { shownExemplars } from '../shown-exemplars.js';

/** The least that the API needs to know what is active: as the SDK for Node.js does it. */
class StoredContext implements ContextManager {
  private readonly storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.storage.run(active, () => fn.apply(thisArg, args));
  }

  bind<T>(_context: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.storage.disable();
    return this;
  }
}

const SPAN: SpanContext = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  traceFlags: TraceFlags.SAMPLED,
};

function inSpan<T>(span: SpanContext, body: () => T): T {
  return context.with(trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext(span)), body);
}

describe('exemplars of the active span', () => {
  before(() => void context.setGlobalContextManager(new StoredContext()));
  after(() => context.disable());
  afterEach(() => setExemplarSource(undefined));

  function sceneOf() {
    const registry = new Registry();
    const histogram = registry.histogram({ name: 'h', help: 'H.', buckets: [], enableExemplars: true });
    return { registry, histogram, labels: () => shownExemplars(registry)['h{}']?.[0]?.labels };
  }

  it('name its trace and itself, also across asynchronous code', async () => {
    const { histogram, labels } = sceneOf();
    const uninstall = exemplarsFromActiveSpan();
    await inSpan(SPAN, async () => {
      await Promise.resolve();
      histogram.observe(1);
    });
    assert.deepEqual(labels(), { trace_id: SPAN.traceId, span_id: SPAN.spanId });
    uninstall();
  });

  it('are none outside of spans, and in spans that are not sampled or not valid', () => {
    const { histogram, labels } = sceneOf();
    exemplarsFromActiveSpan();
    histogram.observe(1);
    inSpan({ ...SPAN, traceFlags: TraceFlags.NONE }, () => histogram.observe(1));
    inSpan({ ...SPAN, traceId: '0'.repeat(32) }, () => histogram.observe(1));
    inSpan({ ...SPAN, spanId: 'none' }, () => histogram.observe(1));
    assert.equal(labels(), undefined);
    inSpan({ ...SPAN, traceFlags: TraceFlags.SAMPLED | 0x02 }, () => histogram.observe(1));
    assert.equal(labels()!['span_id'], SPAN.spanId);
  });

  it('give way to labels that the recording names', () => {
    const { histogram, labels } = sceneOf();
    exemplarsFromActiveSpan();
    inSpan(SPAN, () => histogram.observe({ value: 1, exemplarLabels: { own: 'yes' } }));
    assert.deepEqual(labels(), { own: 'yes' });
  });

  it('end when they are uninstalled, and a later source is left alone', () => {
    const { histogram, labels } = sceneOf();
    const uninstall = exemplarsFromActiveSpan();
    uninstall();
    inSpan(SPAN, () => histogram.observe(1));
    assert.equal(labels(), undefined);
    const uninstallOld = exemplarsFromActiveSpan();
    setExemplarSource(() => ({ later: 'yes' }));
    uninstallOld();
    inSpan(SPAN, () => histogram.observe(1));
    assert.deepEqual(labels(), { later: 'yes' });
  });
});
