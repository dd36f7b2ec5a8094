/** Gateway request: one request to a Pushgateway and its answer. */
import * as http from 'node:http';
import type { IncomingMessage } from 'node:http';
import * as https from 'node:https';
import type { RequestOptions } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ConfigurationError } from '../errors.js';
import { groupingPath } from './grouping-path.js';
import type { PushParameters, PushResult, PushSource } from './pushgateway.js';

export interface GatewayRequest {
  readonly gatewayUrl: string;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly parameters: PushParameters;
  readonly registry: PushSource;
  readonly requestOptions: RequestOptions;
}

type Headers = http.OutgoingHttpHeaders;

const FIRST_ERROR_STATUS = 400;
const PATH_END = /\/+$/;
const compress = promisify(gzip);

/**
 * Renders the registry, unless the group is deleted, and sends it.
 *
 * @throws ConfigurationError for a URL or groupings that cannot be; Error with what the gateway says, or the system
 */
export async function sendToGateway(request: GatewayRequest): Promise<PushResult> {
  const { gatewayUrl, method, parameters, registry, requestOptions } = request;
  const url = urlOf(gatewayUrl, parameters);
  const headers = headersOf(requestOptions.headers, registry, method);
  const body = method === 'DELETE' ? undefined : await bodyOf(registry, headers);
  const resp = await exchange(url, { ...requestOptions, method, headers }, body);
  const answer = await textOf(resp);
  if ((resp.statusCode ?? 0) >= FIRST_ERROR_STATUS) {
    throw new Error(`push failed with status ${resp.statusCode}, ${answer}`);
  }
  return { resp, body: answer };
}

function urlOf(gatewayUrl: string, parameters: PushParameters): URL {
  const url = URL.canParse(gatewayUrl) ? new URL(gatewayUrl) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new ConfigurationError('Pushgateway', [
      `its URL ${JSON.stringify(withoutPassword(gatewayUrl))} is none of http or https, such as http://127.0.0.1:9091`,
    ]);
  }
  url.pathname = url.pathname.replace(PATH_END, '') + groupingPath(parameters);
  return url;
}

/** A password has no business in a message that ends up in a log. */
function withoutPassword(url: string): string {
  return String(url).replace(/^.*@/s, '***@');
}

/** Their names in lower case, so that each is there once. */
function headersOf(
  given: RequestOptions['headers'],
  { contentType }: PushSource,
  method: GatewayRequest['method'],
): Headers {
  const entries = Object.entries((given ?? {}) as Headers).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  const headers: Headers = Object.fromEntries(entries);
  if (method === 'DELETE') delete headers['content-encoding'];
  else if (contentType !== undefined) headers['content-type'] ??= contentType;
  return headers;
}

async function bodyOf(registry: PushSource, headers: Headers): Promise<Buffer> {
  const text = Buffer.from(await registry.metrics(), 'utf8');
  const body = headers['content-encoding'] === 'gzip' ? await compress(text) : text;
  headers['content-length'] = body.length;
  return body;
}

function exchange(url: URL, options: RequestOptions, body: Buffer | undefined): Promise<IncomingMessage> {
  const { request } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const sent = request(url, options as http.RequestOptions, resolve);
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error('Pushgateway request timed out')));
    sent.end(body);
  });
}

async function textOf(resp: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of resp as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
