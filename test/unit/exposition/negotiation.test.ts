import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { negotiateExposition } from '../../../src/exposition/negotiation.js';
import type { ExpositionFormat } from '../../../src/exposition/negotiation.js';
import { PROMETHEUS_CONTENT_TYPE } from '../../../src/registry/content-types.js';

const ALL: readonly ExpositionFormat[] = ['protobuf', 'openmetrics', 'text'];

const PROTOBUF_TYPE =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
const OPENMETRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const TEXT_1_TYPE = 'text/plain; version=1.0.0; charset=utf-8';

const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';

interface Client {
  readonly client: string;
  readonly accept: string | undefined;
  /** With every format, and with text alone. */
  readonly all: string;
  readonly text: string;
}

/** What they really send. */
const CLIENTS: readonly Client[] = [
  {
    client: 'Prometheus 1 and 2.0',
    accept: `${PROTOBUF};q=0.7,text/plain;version=0.0.4;q=0.3,*/*;q=0.1`,
    all: PROTOBUF_TYPE,
    text: TEXT_TYPE,
  },
  {
    client: 'Prometheus 2.42',
    accept: `${OPENMETRICS},application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1`,
    all: OPENMETRICS_TYPE,
    text: TEXT_TYPE,
  },
  {
    client: 'Prometheus 2.42 with native histograms',
    accept:
      `${PROTOBUF},${OPENMETRICS};q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,` +
      'text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    all: PROTOBUF_TYPE,
    text: TEXT_TYPE,
  },
  {
    client: 'Prometheus 3.5, and the receiver of an OpenTelemetry collector that is built of it',
    accept:
      `${OPENMETRICS};escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,` +
      'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    all: `${OPENMETRICS_TYPE}; escaping=allow-utf-8`,
    text: `${TEXT_1_TYPE}; escaping=allow-utf-8`,
  },
  {
    client: 'Prometheus 3.5 with native histograms',
    accept:
      `${PROTOBUF};q=0.6,${OPENMETRICS};escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,` +
      'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
    all: `${PROTOBUF_TYPE}; escaping=allow-utf-8`,
    text: `${TEXT_1_TYPE}; escaping=allow-utf-8`,
  },
  {
    client: 'Prometheus 3 that validates names as before',
    accept: `${OPENMETRICS};escaping=underscores;q=0.6,text/plain;version=1.0.0;escaping=underscores;q=0.4,*/*;q=0.2`,
    all: `${OPENMETRICS_TYPE}; escaping=underscores`,
    text: `${TEXT_1_TYPE}; escaping=underscores`,
  },
  {
    client: 'VictoriaMetrics 1.79',
    accept: 'text/plain;version=0.0.4;q=1,*/*;q=0.1',
    all: TEXT_TYPE,
    text: TEXT_TYPE,
  },
  {
    client: 'a browser',
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    all: TEXT_TYPE,
    text: TEXT_TYPE,
  },
  { client: 'curl, wget and fetch', accept: '*/*', all: TEXT_TYPE, text: TEXT_TYPE },
  {
    client: 'a Java program',
    accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2',
    all: TEXT_TYPE,
    text: TEXT_TYPE,
  },
  { client: 'a client that sends none', accept: undefined, all: TEXT_TYPE, text: TEXT_TYPE },
  { client: 'a client that sends an empty one', accept: '', all: TEXT_TYPE, text: TEXT_TYPE },
];

describe('the format for', () => {
  for (const { client, accept, all, text } of CLIENTS) {
    it(client, () => {
      assert.equal(negotiateExposition(accept, ALL).contentType, all);
      assert.equal(negotiateExposition(accept, ['text']).contentType, text);
      assert.equal(negotiateExposition(accept).contentType, text);
    });
  }
});

function chosen(accept: string, offered = ALL): string {
  const { format, version } = negotiateExposition(accept, offered);
  return `${format} ${version}`;
}

/** With every format. */
const CHOICES: readonly [accept: string, chosen: string][] = [
  // Weights decide, and equal ones are decided from the richest format to the plainest.
  [`text/plain;version=0.0.4;q=0.9, ${OPENMETRICS};q=0.8`, 'text 0.0.4'],
  [`text/plain;version=0.0.4, text/plain;version=1.0.0, ${OPENMETRICS}, ${PROTOBUF}`, 'protobuf delimited'],
  [`application/openmetrics-text;version=0.0.1, ${OPENMETRICS}, text/plain`, 'openmetrics 1.0.0'],
  ['text/plain;version=1.0.0, application/openmetrics-text;version=0.0.1', 'openmetrics 0.0.1'],
  ['text/plain;version=0.0.4, text/plain;version=1.0.0', 'text 1.0.0'],
  // Zero means never, and the most specific range decides, whatever its weight.
  [`${OPENMETRICS};q=0, text/plain;version=0.0.4;q=0.1`, 'text 0.0.4'],
  ['text/plain;version=0.0.4;q=0, text/*;q=0.5', 'text 1.0.0'],
  [`${OPENMETRICS};q=0.1, application/*;q=0.9, text/plain;q=0.5`, 'openmetrics 0.0.1'],
  ['*/*;q=0', 'text 0.0.4'],
  ['text/plain;version=0.0.4;q=0, */*', 'text 1.0.0'],
  [
    'text/plain;version=0.0.4;q=0.1, text/plain;version=0.0.4;q=0.9, text/plain;version=1.0.0;q=0.5',
    'text 0.0.4',
  ],
  // A wildcard is for people: text first. At equal weights a name comes before it.
  ['text/*', 'text 0.0.4'],
  ['application/*', 'openmetrics 1.0.0'],
  ['*/*, application/openmetrics-text;version=0.0.1', 'openmetrics 0.0.1'],
  // Without a version, the one that everybody means.
  ['text/plain', 'text 0.0.4'],
  ['text/plain;charset=utf-8', 'text 0.0.4'],
  ['application/openmetrics-text', 'openmetrics 1.0.0'],
  // Protobuf is one message in one encoding.
  ['application/vnd.google.protobuf', 'text 0.0.4'],
  ['application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text', 'text 0.0.4'],
  ['application/vnd.google.protobuf;proto=other.Message;encoding=delimited', 'text 0.0.4'],
  [
    'application/vnd.google.protobuf;encoding=delimited;proto="io.prometheus.client.MetricFamily"',
    'protobuf delimited',
  ],
  // Versions that are not there.
  ['application/openmetrics-text;version=2.0.0, text/plain;version=0.0.5', 'text 0.0.4'],
  [
    'application/openmetrics-text;version=2.0.0, application/openmetrics-text;version=1.0.0;q=0.5',
    'openmetrics 1.0.0',
  ],
  // Spelling.
  ['APPLICATION/OpenMetrics-Text ; Version="1.0.0" ; Q=1', 'openmetrics 1.0.0'],
  ['text/plain;version=0.0.4;q=0.5,application/openmetrics-text;q=0.5;version=1.0.0', 'openmetrics 1.0.0'],
  // Nothing that can be read, or nothing that is there.
  ['application/json', 'text 0.0.4'],
  [';;;,,,q=,"', 'text 0.0.4'],
  ['application/openmetrics-text;version=1.0.0;q=nonsense', 'text 0.0.4'],
  [`${OPENMETRICS};x="open, text/plain`, 'text 0.0.4'],
];

describe('the negotiation', () => {
  for (const [accept, expected] of CHOICES) {
    it(`chooses ${expected} for ${JSON.stringify(accept)}`, () => assert.equal(chosen(accept), expected));
  }

  it('chooses among the formats that are offered', () => {
    const accept = `${PROTOBUF}, ${OPENMETRICS};q=0.9, text/plain;q=0.1`;
    assert.equal(chosen(accept, ['openmetrics', 'text']), 'openmetrics 1.0.0');
    assert.equal(chosen(accept, ['text']), 'text 0.0.4');
    assert.equal(chosen(accept, []), 'text 0.0.4', 'text is always there');
  });

  it('names the text format 0.0.4 as the registry does', () =>
    assert.equal(negotiateExposition(undefined).contentType, PROMETHEUS_CONTENT_TYPE));
});

describe('the escaping', () => {
  function escapingFor(accept: string): [string, string] {
    const { escaping, contentType } = negotiateExposition(accept, ALL);
    return [escaping, contentType];
  }

  for (const escaping of ['allow-utf-8', 'underscores', 'dots', 'values']) {
    it(`is ${escaping} where the client says so, in every format, and the content type tells it`, () => {
      for (const [range, type] of [
        [PROTOBUF, PROTOBUF_TYPE],
        [OPENMETRICS, OPENMETRICS_TYPE],
        ['text/plain;version=1.0.0', TEXT_1_TYPE],
        ['text/plain;version=0.0.4', TEXT_TYPE],
      ]) {
        const expected = [escaping, `${type}; escaping=${escaping}`];
        assert.deepEqual(escapingFor(`${range};escaping=${escaping}`), expected);
      }
    });
  }

  it('is underscores where the client says nothing, and only text 1.0.0 tells it then', () => {
    assert.deepEqual(escapingFor(PROTOBUF), ['underscores', PROTOBUF_TYPE]);
    assert.deepEqual(escapingFor(OPENMETRICS), ['underscores', OPENMETRICS_TYPE]);
    assert.deepEqual(escapingFor('text/plain'), ['underscores', TEXT_TYPE]);
    assert.deepEqual(escapingFor('text/plain;version=1.0.0'), [
      'underscores',
      `${TEXT_1_TYPE}; escaping=underscores`,
    ]);
  });

  it('is underscores where the client names one that does not exist', () => {
    assert.deepEqual(escapingFor(`${OPENMETRICS};escaping=none`), ['underscores', OPENMETRICS_TYPE]);
    assert.deepEqual(escapingFor(`${OPENMETRICS};escaping="a\\\r\\\nb"`), ['underscores', OPENMETRICS_TYPE]);
  });

  it('may be spelled as in the list of the specification', () =>
    assert.equal(escapingFor(`${OPENMETRICS};escaping=allow-utf8`)[0], 'allow-utf-8'));

  it('is that of the range that won, and of no other', () => {
    const accept = `${OPENMETRICS};q=0.9, text/plain;version=1.0.0;escaping=dots;q=0.1`;
    assert.equal(escapingFor(accept)[0], 'underscores');
    const twice = `${OPENMETRICS};escaping=dots;q=0.5, ${OPENMETRICS};escaping=values;q=0.6`;
    assert.equal(escapingFor(twice)[0], 'values');
  });

  it('is for protobuf what the client wants most beside its text formats', () => {
    const texts = `${OPENMETRICS};escaping=dots;q=0.5, text/plain;version=1.0.0;escaping=values;q=0.6`;
    assert.equal(escapingFor(`${PROTOBUF}, ${texts}`)[0], 'values');
    assert.equal(escapingFor(`${PROTOBUF};escaping=underscores, ${texts}`)[0], 'underscores');
    assert.equal(escapingFor(`${PROTOBUF}, text/plain;escaping=dots;q=0`)[0], 'underscores');
  });
});
