import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { escapeLabelName, escapeMetricName } from '../../../src/primitives/name-escaping.js';

interface Example {
  readonly name: string;
  readonly underscores: string;
  readonly dots: string;
  readonly values: string;
}

/** As the libraries for Go, Java and Python write them. */
const METRICS: readonly Example[] = [
  { name: '', underscores: '', dots: '', values: '' },
  { name: 'up', underscores: 'up', dots: 'up', values: 'up' },
  { name: 'job:rate_5m', underscores: 'job:rate_5m', dots: 'job:rate__5m', values: 'job:rate_5m' },
  {
    name: 'http.server.duration',
    underscores: 'http_server_duration',
    dots: 'http_dot_server_dot_duration',
    values: 'U__http_2e_server_2e_duration',
  },
  {
    name: 'cpu.load_total',
    underscores: 'cpu_load_total',
    dots: 'cpu_dot_load__total',
    values: 'U__cpu_2e_load__total',
  },
  { name: 'a.b:c', underscores: 'a_b:c', dots: 'a_dot_b:c', values: 'U__a_2e_b:c' },
  { name: 'with 🦆', underscores: 'with__', dots: 'with____', values: 'U__with_20__1f986_' },
  { name: '温度', underscores: '__', dots: '____', values: 'U___6e29__5ea6_' },
  { name: 'a/b\\c"d\n', underscores: 'a_b_c_d_', dots: 'a__b__c__d__', values: 'U__a_2f_b_5c_c_22_d_a_' },
  { name: '2xx', underscores: '_xx', dots: '__xx', values: 'U___32_xx' },
  { name: '\ud800', underscores: '_', dots: '__', values: 'U___fffd_' },
  {
    name: 'metric.name/with/slashes',
    underscores: 'metric_name_with_slashes',
    dots: 'metric_dot_name__with__slashes',
    values: 'U__metric_2e_name_2f_with_2f_slashes',
  },
  // These could be taken for escaped names, and are not.
  { name: 'U__a_2e_b', underscores: 'U__a_2e_b', dots: 'U____a__2e__b', values: 'U___55_____a__2e__b' },
  { name: 'U__', underscores: 'U__', dots: 'U____', values: 'U___55_____' },
  { name: 'a_dot_b', underscores: 'a_dot_b', dots: 'a__dot__b', values: 'a_dot_b' },
  { name: 'a dot b', underscores: 'a_dot_b', dots: 'a__dot__b', values: 'U__a_20_dot_20_b' },
];

describe('the name of a metric', () => {
  for (const { name, ...escaped } of METRICS) {
    it(`${JSON.stringify(name)} is escaped`, () => {
      assert.deepEqual(
        {
          underscores: escapeMetricName(name, 'underscores'),
          dots: escapeMetricName(name, 'dots'),
          values: escapeMetricName(name, 'values'),
        },
        escaped,
      );
      assert.equal(escapeMetricName(name, 'allow-utf-8'), name);
    });
  }
});

describe('the name of a label', () => {
  it('is escaped as that of a metric, and has no colon', () => {
    assert.equal(escapeLabelName('http.status:code', 'underscores'), 'http_status_code');
    assert.equal(escapeLabelName('http.status:code', 'dots'), 'http_dot_status__code');
    assert.equal(escapeLabelName('http.status:code', 'values'), 'U__http_2e_status_3a_code');
    assert.equal(escapeLabelName('a:b', 'values'), 'U__a_3a_b');
    assert.equal(escapeLabelName('a:b', 'allow-utf-8'), 'a:b');
    assert.equal(escapeLabelName('code', 'values'), 'code');
  });
});
