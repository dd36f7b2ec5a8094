/** HTTP headers: trace contexts in requests. */
import type { Context, TextMapGetter, TextMapSetter } from '@opentelemetry/api';
import { ROOT_CONTEXT, context, propagation } from '@opentelemetry/api';

/** Headers of a request: those of node:http, or of fetch. */
export type HttpHeaders = Headers | Record<string, string | number | readonly string[] | undefined>;

const setter: TextMapSetter<HttpHeaders> = {
  set(headers, name, value) {
    if (headers instanceof Headers) headers.set(name, value);
    else {
      removeField(headers, name);
      headers[name] = value;
    }
  },
};

const getter: TextMapGetter<HttpHeaders> = {
  keys: headers => (headers instanceof Headers ? [...headers.keys()] : Object.keys(headers)),
  get(headers, name) {
    if (headers instanceof Headers) return headers.get(name) ?? undefined;
    const value = headers[name] ?? headers[fieldOf(headers, name) ?? name];
    if (Array.isArray(value)) return value.filter(item => typeof item === 'string');
    return typeof value === 'string' ? value : undefined;
  },
};

/**
 * Writes the active context, or the given one, into the headers of a request; what they said of a trace is replaced.
 *
 * @returns the same headers
 */
export function injectHttpHeaders<H extends HttpHeaders>(headers: H, from: Context = context.active()): H {
  propagation.inject(from, headers, setter);
  return headers;
}

/** The context of a request: the parent of the span that answers it. Without a usable one it has no span. Never throws. */
export function extractHttpHeaders(headers: HttpHeaders | undefined): Context {
  return propagation.extract(ROOT_CONTEXT, headers ?? {}, getter);
}

/** Names of headers are the same in any case. */
function fieldOf(headers: object, name: string): string | undefined {
  return Object.keys(headers).find(key => key.toLowerCase() === name);
}

function removeField(headers: Record<string, unknown>, name: string): void {
  const field = fieldOf(headers, name);
  if (field !== undefined) delete headers[field];
}
