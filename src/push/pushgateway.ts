/**
 * Pushgateway: pushes the metrics of a registry to a Prometheus Pushgateway, for jobs that end before anybody scrapes them.
 *
 * Protocol: github.com/prometheus/pushgateway, section "API". What sends is loaded with the first push.
 */
import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { inspect } from 'node:util';
import { register } from '../registry/default-registry.js';
import { Registry } from '../registry/registry.js';

/** Those of node:http and node:https - `headers`, `timeout`, `agent`, `auth`, `ca` and so on - and one more. */
export interface PushgatewayOptions extends RequestOptions {
  /** False lets a push do without a job name; the gateway itself wants one in its path. Default true. */
  readonly requireJobName?: boolean | undefined;
}

export interface PushParameters {
  /** What the metrics are of; the label `job` in the gateway. */
  readonly jobName?: string | undefined;
  /** More labels that name the group; values may be empty, and contain any character. */
  readonly groupings?: Readonly<Record<string, string | number>> | undefined;
}

export interface PushResult {
  readonly resp: IncomingMessage;
  /** What the gateway answered. */
  readonly body: string;
}

/** What a push needs of a registry. */
export interface PushSource {
  metrics(): Promise<string>;
  readonly contentType?: string | undefined;
}

export class Pushgateway {
  private readonly registry: PushSource;
  private readonly requestOptions: RequestOptions;
  private readonly requireJobName: boolean;

  /**
   * @param gatewayUrl http or https, with a path if the gateway has one, and with `user:password@` for basic authentication
   * @param options or the registry, as the third parameter
   * @param registry what is pushed; default the default registry
   * @throws TypeError when it is none
   */
  constructor(
    private readonly gatewayUrl: string,
    options: PushgatewayOptions | Registry | undefined = {},
    registry?: PushSource,
  ) {
    const isRegistry = options instanceof Registry;
    const { requireJobName = true, ...requestOptions } = isRegistry ? {} : (options ?? {});
    this.registry = registry ?? (isRegistry ? options : register);
    if (typeof this.registry.metrics !== 'function')
      throw new TypeError(
        `Pushgateway: its registry is ${inspect(registry)}; pass one, or nothing for the default one`,
      );
    this.requireJobName = requireJobName;
    this.requestOptions = requestOptions;
  }

  /**
   * Replaces the pushed families in a group, and leaves others of the group as they are (POST).
   *
   * @throws Error when there is no job name
   * @returns rejects when the gateway cannot be reached, does not answer in time, or refuses the metrics, with its own words
   */
  pushAdd(parameters: PushParameters = {}): Promise<PushResult> {
    return this.send('POST', parameters);
  }

  /** Replaces everything of a group (PUT). As pushAdd(). */
  push(parameters: PushParameters = {}): Promise<PushResult> {
    return this.send('PUT', parameters);
  }

  /** Deletes a group, if there is one. As pushAdd(). */
  delete(parameters: PushParameters = {}): Promise<PushResult> {
    return this.send('DELETE', parameters);
  }

  private send(method: 'POST' | 'PUT' | 'DELETE', parameters: PushParameters): Promise<PushResult> {
    if (this.requireJobName && !parameters.jobName) throw new Error('Missing jobName parameter');
    return this.request(method, parameters);
  }

  private async request(method: 'POST' | 'PUT' | 'DELETE', parameters: PushParameters): Promise<PushResult> {
    const { sendToGateway } = await import('./gateway-request.js');
    const { gatewayUrl, registry, requestOptions } = this;
    return sendToGateway({ gatewayUrl, method, parameters, registry, requestOptions });
  }
}
