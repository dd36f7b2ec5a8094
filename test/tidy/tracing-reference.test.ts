/** docs/opentelemetry.md has the options of tracing with their defaults and ranges, and the families of the exports. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from '../../src/index.js';
import { SpanExportMetrics } from '../../src/otel/span-export-metrics.js';
import { FAILURE_REASONS } from '../../src/otel/export-failure.js';
import { DROP_REASONS } from '../../src/otel/span-exports.js';
import { tracingSettingsOf } from '../../src/otel/tracing-settings.js';
import { readProjectFile, sourcesIn } from './sources.js';

const TEXT = readProjectFile('docs/opentelemetry.md');

interface Row {
  readonly path: string;
  readonly shown: string;
  readonly range: string;
  readonly variables: string;
}

const ROWS: readonly Row[] = [
  ...TEXT.slice(TEXT.indexOf('\n## Configuration')).matchAll(
    /^\| `([a-z][\w.]+)` +\| ([^|]*) \| ([^|]*) \| ([^|]*) \|/gim,
  ),
]
  .map(([, path, shown, range, variables]) => ({
    path: path!,
    shown: shown!.trim(),
    range: range!.trim(),
    variables: variables!,
  }))
  .filter(({ path }) => !path.startsWith('otel_'));

/** `{ batch: { delayMs: 5 } }` for `batch.delayMs`. */
function configOf(path: string, value: unknown): object {
  return path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object;
}

function valueAt(settings: object, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], settings);
}

/** The interfaces of the configuration, as they are written. */
function declaredOptions(): string[] {
  const code = readProjectFile('src/otel/tracing-config.ts');
  const namesIn = (type: string): string[] => {
    const body = new RegExp(`interface ${type} \\{([^]*?)\\n\\}`).exec(code)![1]!;
    return [...body.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(match => match[1]!);
  };
  const sections: Record<string, string> = {
    batch: 'BatchConfig',
    breaker: 'BreakerConfig',
    spanLimits: 'SpanLimitsConfig',
  };
  return namesIn('TracingConfig').flatMap(name =>
    name in sections ? namesIn(sections[name]!).map(inner => `${name}.${inner}`) : [name],
  );
}

const numberOf = (text: string): number => Number(text.replaceAll(',', ''));

describe('docs/opentelemetry.md', () => {
  it('lists every option', () => {
    assert.deepEqual(ROWS.map(({ path }) => path).sort(), declaredOptions().sort());
  });

  it('lists their defaults', () => {
    const defaults = tracingSettingsOf({}, {});
    const numbers = ROWS.filter(
      ({ path, shown }) => /^[\d,]+$/.test(shown) && !path.startsWith('spanLimits.'),
    );
    assert.ok(numbers.length > 5);
    for (const { path, shown } of numbers) assert.equal(valueAt(defaults, path), numberOf(shown), path);
  });

  it('lists their ranges', () => {
    const ranges = ROWS.filter(({ range }) => range.includes('..'));
    assert.ok(ranges.length > 10);
    for (const { path, range } of ranges) {
      const [min, max] = range.split('..').map(numberOf) as [number, number];
      const wanted = `${path} is [^;]*; it must be an integer in ${min}\\.\\.${max}$`;
      for (const value of [min - 1, max + 1]) {
        assert.throws(
          () => tracingSettingsOf(configOf(path, value), {}),
          new RegExp(wanted),
          `${path} ${value}`,
        );
      }
    }
  });

  it('names every variable that is read', () => {
    const code = sourcesIn('src/otel')
      .map(({ text }) => text)
      .join('\n');
    const named = [...new Set(code.match(/'OTEL_\w+'/g))].map(name => name.slice(1, -1));
    assert.ok(named.length > 8);
    for (const name of named) assert.ok(TEXT.includes(name), name);
    for (const { variables } of ROWS) {
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
    for (const reason of [...DROP_REASONS, ...FAILURE_REASONS])
      assert.ok(TEXT.includes(`\`${reason}\``), reason);
  });
});
