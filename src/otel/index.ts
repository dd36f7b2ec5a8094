/** threadtally with OpenTelemetry. Needs the package @opentelemetry/api. */
export { exemplarsFromActiveSpan } from './active-span.js';
