/**
 * Failure detail: what was heard of a receiver that did not take an export, as warnings show it.
 *
 * Its words are from outside: nothing in them may steer a terminal, fill a log, or repeat what it was sent as a secret.
 */
import type { OtlpAnswer } from './otlp-attempt.js';
import { fieldsOf } from './wire-fields.js';

const WORDS_MAX = 200;
/** A header such as `tenant: 7` is no secret, and its value is in every text. */
const SECRET_LENGTH_MIN = 4;
/** Of google.rpc.Status, in which OTLP has a receiver say why. */
const STATUS_MESSAGE_FIELD = 2;

/** The status, and what the body says, in full. */
export function answerDetail({
  status,
  contentType,
  body,
}: Pick<OtlpAnswer, 'status' | 'contentType' | 'body'>): string {
  const words = wordsOf(contentType, body).trim();
  return words === '' ? `HTTP ${status}` : `HTTP ${status}: ${words}`;
}

/** The code of a network, a certificate or a parser; the status of an exporter. Not its message, which may hold anything. */
export function errorDetail(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'number') return code >= 100 && code < 600 ? `HTTP ${code}` : `code ${code}`;
  return typeof code === 'string' ? code : '';
}

/** On one line, without control characters, and not long. */
export function shownWords(text: string): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  const letters = Array.from(line);
  return letters.length > WORDS_MAX ? `${letters.slice(0, WORDS_MAX).join('')}...` : line;
}

/** What is sent to a receiver and nobody else may know: values of headers, and parts of its address. */
export function secretsOf(url: string, headers: Readonly<Record<string, string>>): string[] {
  const { username, password, searchParams } = new URL(url);
  const [user, word] = [decoded(username), decoded(password)];
  const values = [...Object.values(headers), ...searchParams.values(), username, password, user, word];
  if (username !== '' || password !== '') values.push(Buffer.from(`${user}:${word}`).toString('base64'));
  // `Bearer TOKEN` is repeated without its first word, too.
  const parts = values.flatMap(value => [value, ...value.split(/[\s:,;=]+/)]);
  return [...new Set(parts)]
    .filter(({ length }) => length >= SECRET_LENGTH_MIN)
    .sort((a, b) => b.length - a.length);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // No request is made with it, either.
    return part;
  }
}

export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}

function wordsOf(contentType: string, body: Uint8Array): string {
  const text = Buffer.from(body).toString('utf8');
  try {
    if (/json/i.test(contentType)) return messageIn(JSON.parse(text)) ?? text;
    if (/protobuf/i.test(contentType)) return messageInStatus(body);
  } catch {
    // No message of OTLP: shown as it is.
  }
  return text;
}

function messageIn(status: unknown): string | undefined {
  const { message } = (status ?? {}) as { message?: unknown };
  return typeof message === 'string' && message !== '' ? message : undefined;
}

function messageInStatus(body: Uint8Array): string {
  for (const { number, value } of fieldsOf(body)) {
    if (number === STATUS_MESSAGE_FIELD && typeof value !== 'number')
      return Buffer.from(value).toString('utf8');
  }
  return '';
}
