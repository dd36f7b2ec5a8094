/** Resource settings: what the configuration and the environment say of the service that is observed. */
import { parseKeyValueList } from './key-value-list.js';
import type { ResourceAttributes } from './resource-attributes.js';
import type { SettingProblems } from './setting-problems.js';
import { variable } from './setting-problems.js';

/** The part of a configuration that is about the service, and the same for every signal. */
export interface ResourceConfig {
  readonly serviceName?: string | undefined;
  readonly serviceVersion?: string | undefined;
  readonly environment?: string | undefined;
  readonly instanceId?: string | undefined;
  readonly attributes?: ResourceAttributes | undefined;
}

/** OTEL_RESOURCE_ATTRIBUTES, over that OTEL_SERVICE_NAME, over that `attributes`, over that what has an option of its own. */
export function namedAttributes(
  problems: SettingProblems,
  config: ResourceConfig,
  env: NodeJS.ProcessEnv,
): ResourceAttributes {
  const own = {
    'service.name': problems.text([
      { name: 'serviceName', value: config.serviceName },
      variable(env, 'OTEL_SERVICE_NAME'),
    ]),
    'service.version': problems.text([{ name: 'serviceVersion', value: config.serviceVersion }]),
    'deployment.environment.name': problems.text([{ name: 'environment', value: config.environment }]),
    'service.instance.id': problems.text([{ name: 'instanceId', value: config.instanceId }]),
  };
  return {
    ...environmentAttributes(problems, env),
    ...configAttributes(problems, config.attributes),
    ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)),
  } as ResourceAttributes;
}

function environmentAttributes(problems: SettingProblems, env: NodeJS.ProcessEnv): ResourceAttributes {
  const { name, value } = variable(env, 'OTEL_RESOURCE_ATTRIBUTES');
  if (typeof value !== 'string') return {};
  const list = parseKeyValueList(value);
  for (const problem of list.problems) problems.add(`${name}: ${problem}`);
  return Object.fromEntries(list.entries);
}

function configAttributes(problems: SettingProblems, attributes: unknown): ResourceAttributes {
  if (attributes === undefined) return {};
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) {
    problems.refuse({ name: 'attributes', value: attributes }, 'an object');
    return {};
  }
  for (const [name, value] of Object.entries(attributes)) {
    if (['string', 'number', 'boolean'].includes(typeof value)) continue;
    problems.refuse({ name: `attributes[${JSON.stringify(name)}]`, value }, 'a text, a number or a boolean');
  }
  return attributes as ResourceAttributes;
}
