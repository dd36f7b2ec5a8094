import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  answerDetail,
  errorDetail,
  secretsOf,
  shownWords,
  withoutSecrets,
} from '../../../src/otel/failure-detail.js';
import { failureWarning, rejectionWarning } from '../../../src/otel/failure-warning.js';
import { METRICS, TRACES } from '../../../src/otel/signal.js';

const detailOf = (contentType: string, body: Uint8Array | string, status = 400): string =>
  answerDetail({ status, contentType, body: Buffer.from(body as string) });

describe('what was heard of a receiver', () => {
  it('is its status, and its words where it has some', () => {
    assert.equal(detailOf('text/plain', 'no such tenant\n'), 'HTTP 400: no such tenant');
    assert.equal(detailOf('', '', 404), 'HTTP 404');
  });

  it('is the message of the status that OTLP has it answer', () => {
    assert.equal(detailOf('application/json', '{"code":3,"message":"too old"}'), 'HTTP 400: too old');
    const message = Buffer.from('too old');
    const status = Buffer.concat([Buffer.from([0x08, 3, 0x12, message.length]), message]);
    assert.equal(detailOf('application/x-protobuf', status), 'HTTP 400: too old');
    assert.equal(detailOf('application/x-protobuf', ''), 'HTTP 400');
  });

  it('is the body as it is when that is no such status', () => {
    assert.equal(detailOf('application/json', '{"error":"x"}'), 'HTTP 400: {"error":"x"}');
    assert.equal(detailOf('application/json', 'null'), 'HTTP 400: null');
    assert.equal(detailOf('application/json', '<html>'), 'HTTP 400: <html>');
    assert.equal(detailOf('application/x-protobuf', '<html>'), 'HTTP 400: <html>');
  });

  it('is the code of an error, not its message, which may hold anything', () => {
    assert.equal(errorDetail(Object.assign(new Error('secret'), { code: 'ENOTFOUND' })), 'ENOTFOUND');
    assert.equal(errorDetail(Object.assign(new Error('secret'), { code: 401 })), 'HTTP 401');
    assert.equal(errorDetail(Object.assign(new Error('secret'), { code: 14 })), 'code 14');
    for (const error of [new Error('secret'), undefined, null, 'x']) assert.equal(errorDetail(error), '');
  });
});

describe('words of a receiver', () => {
  it('are shown on one line, without what steers a terminal', () => {
    assert.equal(shownWords(' a\r\n\tb\u001B[31mc\u0000\u202Ed\u2028e '), 'a b [31mc d e');
  });

  it('are cut after 200 letters, and not in the middle of one', () => {
    const letters = '\u{1F600}'.repeat(201);
    assert.equal(shownWords(letters), `${'\u{1F600}'.repeat(200)}...`);
    assert.equal(shownWords('a'.repeat(200)), 'a'.repeat(200));
  });

  it('are without what was sent as a secret, whole or in part', () => {
    const url = 'https://me:pass%20word@host/v1/metrics?key=query-key';
    const secrets = secretsOf(url, { authorization: 'Bearer token-1', 'x-key': 'header-key', tenant: '7' });
    const basic = Buffer.from('me:pass word').toString('base64');
    const words = `token-1, Bearer token-1; header-key, query-key, pass word, pass%20word, ${basic}, 7`;
    assert.equal(withoutSecrets(words, secrets), '***, ***; ***, ***, ***, ***, ***, 7');
  });

  it('are what they are when the address is no valid text', () => {
    assert.deepEqual(secretsOf('http://host:4318/', {}), []);
    assert.ok(secretsOf('http://a:%zz12@host/', {}).includes('%zz12'));
  });
});

describe('a warning of failures', () => {
  it('shows what was heard', () => {
    const failure = { reason: 'rejected', detail: 'HTTP 401: bad\ntoken' } as const;
    assert.match(
      failureWarning(failure, 'http://host/v1/metrics', METRICS),
      /^data points are not exported to http:\/\/host\/v1\/metrics: it refuses them \(HTTP 401: bad token\); check the path/,
    );
    const refused = { reason: 'connection', detail: 'ECONNREFUSED' } as const;
    assert.match(
      failureWarning(refused, 'x', TRACES),
      /: no connection \(ECONNREFUSED\); check that it runs/,
    );
  });

  it('says nothing of it when nothing was heard', () => {
    const silent = { reason: 'timeout', detail: '' } as const;
    assert.match(failureWarning(silent, 'x', TRACES), /: no answer in time; check/);
  });

  it('shows words about a part in the same way', () => {
    const words = `a\u0007${'b'.repeat(300)}`;
    assert.ok(rejectionWarning(1, 'x', words).includes(`it says: a ${'b'.repeat(198)}...`));
  });
});
