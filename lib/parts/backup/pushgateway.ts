import { urlOf } from '../../model/address';
import { type Connection, to } from '../../model/connection';
import type { ContainerProps } from '../../model/container';
import type { Server } from '../../model/database';
import { portsOf } from '../../model/port';
import type { Ages } from '../../model/task';
import type { PushgatewayConfig } from './settings';

/** What a task that pushes has. */
interface Pushes {
  readonly env: NonNullable<ContainerProps['env']>;
  readonly connectsTo: readonly Connection[];
  readonly ages: Ages;
}

/**
 * What a task has to push the ages of dumps: the URL of its group, to which its script adds the server; the connection; and what alerts
 * know of its series. Source: github.com/prometheus/pushgateway, API.
 */
export function pushgateway(
  { namespace, labels, service, port }: PushgatewayConfig,
  of: { readonly namespace: string; readonly name: string; readonly servers: readonly Server[] },
): Pushes {
  const pods = { system: 'pushgateway', namespace, name: 'pushgateway', labels };
  const gateway = { ...pods, ports: portsOf({ http: port }), service: { name: service } };
  const task = `${of.namespace}.${of.name}`;
  return {
    env: { PUSHGATEWAY: urlOf(gateway, { path: `/metrics/job/backup/task/${task}` }) },
    connectsTo: [to(gateway)],
    ages: { pods: { ...pods, connectsTo: [] }, task, servers: of.servers.map(({ name }) => name) },
  };
}
