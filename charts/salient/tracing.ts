import type { ComponentProps } from '../../lib/model/component';
import { internet } from '../../lib/model/connection';
import { Secret } from '../../lib/model/secret';
import type { SecretSource } from '../../lib/model/secret-source';

/** What sending traces costs a component. */
export interface Tracing {
  readonly env: NonNullable<ComponentProps['env']>;
  readonly connectsTo: NonNullable<ComponentProps['connectsTo']>;
}

/** Logfire, which both APIs may send traces to: its token, and the Internet on 443. */
export function tracing(enabled: boolean, namespace: string, source: SecretSource): Tracing {
  if (!enabled) return { env: {}, connectsTo: [] };
  const logfire = new Secret({
    namespace,
    name: 'logfire-credentials',
    externalName: 'logfire-external-secret',
    source,
    values: { LOGFIRE_TOKEN: { remote: 'logfire/token', about: 'write token of Logfire', development: 'development' } },
  });
  return { env: logfire.pick('LOGFIRE_TOKEN'), connectsTo: [internet(443)] };
}
