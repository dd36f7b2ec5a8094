/** The URL under which a server that listens on `host` can be opened from its own machine, without a final slash. */
export function serverUrl(host: string, port: number): string {
  return `http://${urlHost(host)}:${port}`;
}

function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  // The percent sign before an IPv6 zone is an escape in a URL (RFC 6874).
  return host.includes(':') ? `[${host.replace('%', '%25')}]` : host;
}
