/** docs/opentelemetry.md has the options of tracing and of pushes with their defaults and ranges, and their families. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../src/index.js';
import { FAILURE_REASONS } from '../../src/otel/export-failure.js';
import { metricsPushSettingsOf } from '../../src/otel/metrics-push-settings.js';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../../src/otel/package-version.js';
import { PUSH_DROP_REASONS } from '../../src/otel/push-attempt.js';
import { SpanExportMetrics } from '../../src/otel/span-export-metrics.js';
import { DROP_REASONS } from '../../src/otel/span-exports.js';
import { tracingSettingsOf } from '../../src/otel/tracing-settings.js';
import { checkDefaults, checkRanges, declaredOptions, optionRows } from './option-table.js';
import { readProjectFile, sourcesIn } from './sources.js';

const TEXT = readProjectFile('docs/opentelemetry.md');
const TRACING = optionRows(TEXT, 'Configuration');
const PUSHES = optionRows(TEXT, 'Configuration of pushes');

const TRACING_FILE = 'src/otel/tracing-config.ts';
const SECTIONS = {
  batch: [TRACING_FILE, 'BatchConfig'],
  breaker: [TRACING_FILE, 'BreakerConfig'],
  spanLimits: [TRACING_FILE, 'SpanLimitsConfig'],
} as const;

describe('docs/opentelemetry.md', () => {
  it('lists every option of tracing', () => {
    const declared = declaredOptions(TRACING_FILE, 'TracingConfig', SECTIONS);
    assert.deepEqual(TRACING.map(({ path }) => path).sort(), declared.sort());
  });

  it('lists every option of pushes', () => {
    const declared = declaredOptions('src/otel/metrics-push-config.ts', 'MetricsPushConfig', SECTIONS);
    assert.deepEqual(PUSHES.map(({ path }) => path).sort(), declared.sort());
  });

  it('lists their defaults', () => {
    // Those of the SDK are not ours.
    const own = TRACING.filter(({ path }) => !path.startsWith('spanLimits.'));
    checkDefaults(own, tracingSettingsOf({}, {}));
    checkDefaults(PUSHES, metricsPushSettingsOf({}, {}));
  });

  it('lists their ranges', () => {
    checkRanges(TRACING, config => tracingSettingsOf(config, {}));
    checkRanges(PUSHES, config => metricsPushSettingsOf(config, {}));
  });

  it('names every variable that is read', () => {
    const code = sourcesIn('src/otel')
      .map(({ text }) => text)
      .join('\n');
    const named = [...new Set(code.match(/'OTEL_\w+'/g))].map(name => name.slice(1, -1));
    assert.ok(named.length > 8);
    for (const name of named) assert.ok(TEXT.includes(name), name);
    for (const { variables } of [...TRACING, ...PUSHES]) {
      for (const [name] of variables.matchAll(/OTEL_\w+/g)) {
        const isRead = ['OTEL_SPAN_', 'OTEL_BSP_', 'OTEL_EXPORTER_OTLP_'].some(start =>
          name.startsWith(start),
        );
        assert.ok(isRead || named.includes(name), name);
      }
    }
  });

  it('lists the families of the exports and all reasons', () => {
    const registry = new Registry();
    assert.ok(new SpanExportMetrics(registry, 1, 'the receiver'));
    const families = registry.snapshot().families.map(({ descriptor }) => descriptor.name);
    const rows = [...TEXT.matchAll(/^\| `(otel_\w+)`/gm)].map(match => match[1]!);
    assert.deepEqual(rows.sort(), families.sort());
    for (const reason of [...DROP_REASONS, ...PUSH_DROP_REASONS, ...FAILURE_REASONS])
      assert.ok(TEXT.includes(`\`${reason}\``), reason);
  });
});

describe('the package in telemetry', () => {
  it('is called as it is in package.json', () => {
    const { name, version } = JSON.parse(readProjectFile('package.json')) as Record<string, string>;
    assert.deepEqual([PACKAGE_NAME, PACKAGE_VERSION], [name, version]);
  });
});
