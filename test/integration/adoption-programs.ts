/**
 * Adoption programs: servers as the documentation of each package shows them, which know nothing of this one. Each makes the
 * same requests and prints the text of its scrape.
 */

/** Listens, asks for some paths, prints the last answer and ends. */
const ASK = `
const ask = async (listener, paths) => {
  const server = require('node:http').createServer(listener).listen(0);
  await require('node:events').once(server, 'listening');
  let text = '';
  for (const path of paths) {
    const answer = await fetch('http://127.0.0.1:' + server.address().port + path);
    text = await answer.text();
    if (path === '/metrics') console.log('# content-type ' + answer.headers.get('content-type').replace(/; */g, ';'));
  }
  console.log(text);
  process.exit(0);
};
const PATHS = ['/users/1', '/users/2', '/users/2', '/fails', '/nowhere', '/metrics'];
`;

const EXPRESS_ROUTES = `
app.get('/users/:id', (request, response) => response.send('a user'));
app.get('/fails', (request, response) => response.status(503).end());
`;

/** By file name; those that end in .mjs are modules. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  'fastify-metrics.cjs': `${ASK}
const app = require('fastify')();
const metrics = require('fastify-metrics');
app.register(metrics.default ?? metrics, {
  endpoint: '/metrics',
  defaultMetrics: { enabled: DEFAULT_METRICS },
  routeMetrics: { overrides: { histogram: { buckets: [0.5, 10] }, summary: { percentiles: [0.5, 0.9] } } },
});
app.after(() => {
  app.get('/users/:id', async () => 'a user');
  app.get('/fails', async (request, reply) => reply.code(503).send('no'));
});
app.ready().then(() => ask((request, response) => app.routing(request, response), PATHS));
`,
  'fastify-metrics-registries.cjs': `${ASK}
const { Registry } = require('prom-client');
const app = require('fastify')();
const metrics = require('fastify-metrics');
const own = new Registry();
app.register(metrics.default ?? metrics, {
  defaultMetrics: { enabled: false },
  routeMetrics: { overrides: { histogram: { registers: [own] }, summary: { registers: [own] } } },
});
app.after(() => app.get('/users/:id', async () => 'a user'));
app.ready().then(() => ask((request, response) => app.routing(request, response), PATHS));
`,
  'express-prom-bundle.cjs': `${ASK}
const app = require('express')();
const bundle = require('express-prom-bundle');
app.use(bundle({
  includeMethod: true,
  includePath: true,
  customLabels: { project: null },
  transformLabels: labels => Object.assign(labels, { project: 'example' }),
  buckets: [0.5, 10],
  promClient: DEFAULT_METRICS ? { collectDefaultMetrics: {} } : {},
}));
${EXPRESS_ROUTES}
ask(app, PATHS);
`,
  'express-prom-bundle-summary.cjs': `${ASK}
const app = require('express')();
const bundle = require('express-prom-bundle');
const { Registry } = require('prom-client');
app.use(bundle({
  metricType: 'summary',
  percentiles: [0.5, 0.9],
  maxAgeSeconds: 600,
  ageBuckets: 5,
  pruneAgedBuckets: false,
  includeMethod: true,
  promRegistry: new Registry(),
}));
${EXPRESS_ROUTES}
ask(app, PATHS);
`,
  'promster-express.cjs': `${ASK}
const app = require('express')();
const { createMiddleware, getSummary, getContentType, signalIsUp } = require('@promster/express');
app.use(createMiddleware({ app, options: { metricTypes: ['httpRequestsTotal', 'httpRequestsHistogram', 'httpRequestsSummary'] } }));
${EXPRESS_ROUTES}
app.get('/metrics', async (request, response) => {
  response.setHeader('Content-Type', getContentType());
  response.end(await getSummary());
});
signalIsUp();
ask(app, PATHS);
`,
  'named-imports.mjs': `
import { Counter, Gauge, Histogram, Registry, Summary, exponentialBuckets, linearBuckets, register, validateMetricName } from 'prom-client';
register.setDefaultLabels({ serviceName: 'api-v1' });
const counter = new Counter({ name: 'metric_name', help: 'metric_help', labelNames: ['method', 'statusCode'] });
counter.inc({ method: 'GET', statusCode: '200' });
counter.labels('POST', '200').inc(3);
counter.labels({ method: 'PUT', statusCode: 500 }).inc();
let tests = 4;
new Gauge({ name: 'tests', help: 'T.', collect() { this.set(tests++); } });
const gauge = new Gauge({ name: 'a_gauge', help: 'G.', labelNames: ['method'] });
gauge.set({ method: 'GET' }, 10);
gauge.dec({ method: 'GET' });
gauge.startTimer({ method: 'POST' })();
gauge.remove('POST');
new Histogram({ name: 'linear', help: 'L.', buckets: linearBuckets(0, 10, 20) }).observe(95);
const durations = new Histogram({ name: 'durations', help: 'D.', buckets: exponentialBuckets(1, 2, 5), labelNames: ['status'] });
durations.zero({ status: '500' });
durations.startTimer()({ status: '200' });
new Summary({ name: 'top', help: 'S.', percentiles: [0.01, 0.1, 0.9, 0.99] }).observe(100);
const other = new Registry();
new Counter({ name: 'in_two_total', help: 'Two.', registers: [register, other] }).inc();
console.log('# content-type ' + register.contentType.replace(/; */g, ';'), validateMetricName('a b'));
console.log(await register.metrics());
console.log(await other.getSingleMetricAsString('in_two_total'));
console.log(await Registry.merge([other]).metrics());
`,
  'default-import.mjs': `
import client from 'prom-client';
const registry = new client.Registry(client.Registry.OPENMETRICS_CONTENT_TYPE);
const counter = new client.Counter({ name: 'jobs_total', help: 'J.', labelNames: ['queue'], registers: [registry], enableExemplars: true });
counter.inc({ labels: { queue: 'mail' }, value: 2, exemplarLabels: { trace_id: 'abc' } });
console.log('# content-type ' + registry.contentType.replace(/; */g, ';'), client.contentType, client.aggregators.sum.length);
console.log((await registry.metrics()).replace(/(# \\{.*\\} 2) .*/, '$1'));
`,
};
