import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { familyNameOf, otherFamilyName } from '../../../src/otel/instrument-name.js';
import { describeFamily } from '../../../src/primitives/family-descriptor.js';
import type { InstrumentKind } from '../../../src/primitives/attribute-set.js';
import { hostileText } from '../../property/arbitraries.js';

type Row = readonly [kind: InstrumentKind, name: string, unit: string, family: string, word: string];

/** OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility". */
const NAMES: readonly Row[] = [
  // Characters that no name may have.
  ['gauge', 'system.memory.usage', '', 'system_memory_usage', ''],
  ['gauge', 'a--b..c//d', '', 'a_b_c_d', ''],
  ['gauge', 'a__b', '', 'a_b', ''],
  ['gauge', 'a:b', '', 'a:b', ''],
  ['gauge', '.a.', '', 'a', ''],
  ['gauge', '2xx.count', '', '_2xx_count', ''],
  ['gauge', 'é', '', 'unnamed', ''],
  ['counter', '', '', 'unnamed_total', ''],
  // Units as words.
  ['histogram', 'http.server.request.duration', 's', 'http_server_request_duration_seconds', 'seconds'],
  ['histogram', 'http.server.duration', 'ms', 'http_server_duration_milliseconds', 'milliseconds'],
  ['updowncounter', 'jvm.memory', 'By', 'jvm_memory_bytes', 'bytes'],
  ['gauge', 'heap', 'KiBy', 'heap_kibibytes', 'kibibytes'],
  ['gauge', 'temperature', 'Cel', 'temperature_celsius', 'celsius'],
  ['gauge', 'load', '%', 'load_percent', 'percent'],
  ['gauge', 'sent', 'furlong', 'sent_furlong', 'furlong'],
  ['gauge', 'sent', 'b-l/ah/x', 'sent_b_l_per_ah_x', 'b_l_per_ah_x'],
  // Remarks are no units.
  ['counter', 'http.requests', '{request}', 'http_requests_total', ''],
  ['gauge', 'queue', '{item}By', 'queue_bytes', 'bytes'],
  ['gauge', 'queue', '{}', 'queue', ''],
  // The unit 1.
  ['gauge', 'cpu.utilization', '1', 'cpu_utilization_ratio', 'ratio'],
  ['gauge', 'hit.ratio', '1', 'hit_ratio', 'ratio'],
  ['counter', 'things', '1', 'things_total', ''],
  ['histogram', 'share', '1', 'share', ''],
  ['updowncounter', 'share', '1', 'share', ''],
  // Rates.
  ['gauge', 'speed', 'm/s', 'speed_meters_per_second', 'meters_per_second'],
  ['gauge', 'throughput', 'By/min', 'throughput_bytes_per_min', 'bytes_per_min'],
  ['gauge', 'throughput', 'By/m', 'throughput_bytes_per_minute', 'bytes_per_minute'],
  ['gauge', 'requests', '{request}/s', 'requests_per_second', 'per_second'],
  ['gauge', 'requests', '1/d', 'requests_per_day', 'per_day'],
  // What stands there already.
  ['gauge', 'heap.bytes', 'By', 'heap_bytes', 'bytes'],
  ['gauge', 'bytes', 'By', 'bytes', ''],
  ['gauge', 'bytes.read', 'By', 'bytes_read', ''],
  ['gauge', 'kilobytes', 'By', 'kilobytes_bytes', 'bytes'],
  // Counters.
  ['counter', 'sent', 'By', 'sent_bytes_total', 'bytes'],
  ['counter', 'sent.total', 'By', 'sent_bytes_total', 'bytes'],
  ['counter', 'sent_total', '', 'sent_total', ''],
  ['counter', 'sent.bytes.total', 'By', 'sent_bytes_total', 'bytes'],
  ['counter', 'total', '', 'total_total', ''],
  ['updowncounter', 'sent.total', '', 'sent_total', ''],
  // Names of inherited properties are no units.
  ['gauge', 'a', 'constructor', 'a_constructor', 'constructor'],
  ['gauge', 'a', '__proto__', 'a_proto', 'proto'],
];
const KINDS: readonly InstrumentKind[] = ['counter', 'updowncounter', 'gauge', 'histogram'];

describe('the name of an instrument', () => {
  for (const [kind, name, unit, family, word] of NAMES) {
    it(`of the ${kind} ${JSON.stringify(name)} in ${JSON.stringify(unit)} is ${family}`, () => {
      assert.deepEqual(familyNameOf(name, unit, kind), { name: family, unit: word });
    });
  }

  it('is one that a family may have, also when another family has the first, whatever the instrument is called', () => {
    fc.assert(
      fc.property(hostileText(), hostileText(12), fc.constantFrom(...KINDS), (name, unit, kind) => {
        const own = familyNameOf(name, unit, kind);
        const others = [1, 2, 9].map(attempt => otherFamilyName(own, kind, attempt));
        const type = kind === 'updowncounter' ? 'gauge' : kind;
        for (const named of [own, ...others])
          describeFamily(type, { ...named, help: 'H.', openLabels: true }, 10);
        assert.equal(new Set([own, ...others].map(one => one.name)).size, 4);
      }),
      { numRuns: 1_000 },
    );
  });

  it('says the kind when another family has it, and keeps its unit at the end', () => {
    const other = (name: string, unit: string, kind: InstrumentKind, attempt: number): string =>
      otherFamilyName(familyNameOf(name, unit, kind), kind, attempt).name;
    assert.equal(other('a.b', 's', 'histogram', 1), 'a_b_histogram_seconds');
    assert.equal(other('a.b', 's', 'counter', 2), 'a_b_counter_2_seconds_total');
    assert.equal(other('a.total', '', 'gauge', 1), 'a_total_gauge');
    assert.equal(other('a', '', 'updowncounter', 3), 'a_updowncounter_3');
  });
});
