/** Instance id: `service.instance.id` of this process, where nobody names one: the same for all signals and threads. */
import { randomUUID } from 'node:crypto';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

const ENVIRONMENT_KEY = 'threadtally.instance';

/** Random. Workers that are created later have it, too. */
export function processInstanceId(): string {
  const known = getEnvironmentData(ENVIRONMENT_KEY) as string | undefined;
  if (known !== undefined) return known;
  const id = randomUUID();
  setEnvironmentData(ENVIRONMENT_KEY, id);
  return id;
}
