import { yamlOf } from '../../base/yaml';
import type { System } from '../../model/system';
import { commentOf } from '../comment';
import { isInStack, onDataNode, onDemand } from './deploy';
import { type ComposeDocument, type ComposeVolume, sourceOf } from './document';
import { type Pod, serviceName } from './pods';
import { PREPARE, type Preparation, prepareService } from './prepare';
import { CERTIFICATES, PROXY, routesOf } from './proxy';
import { type StackParts, stackOf } from './stack';

/** The routes of the proxy in a stack, in a folder of their own. */
const ROUTES = 'files/stack/routes.yaml';

function headOf({ name, instance, environment }: System, pods: readonly Pod[]): string {
  const label = onDataNode(instance).replace('node.labels.', '').replace('==', '=');
  const onTheirOwn = pods.flatMap((pod) => {
    if (pod.schedule === undefined) return [];
    const { cron, timeZone = 'UTC', suspended } = pod.schedule;
    const steps = [...pod.init, ...pod.containers.slice(1), pod.containers[0]].map((one) => serviceName(pod, one));
    return [`  ${suspended ? 'by hand' : `${cron} ${timeZone}`}  ${steps.join(', then ')}`];
  });
  const sections = [
    `${name} in ${environment} for docker stack deploy, written by npm run synth: edit environments/, not this file.`,
    `The node with the data and the ports: docker node update --label-add ${label} NODE`,
    'Deploy with: sh deploy.sh',
    ...(onTheirOwn.length === 0
      ? []
      : [
          `These wait for a command, of cron or by hand:\n${onTheirOwn.join('\n')}`,
          `  docker service update --force --constraint-rm '${onDemand(instance)}' ${instance}_NAME`,
        ]),
  ];
  return sections.map(commentOf).join('\n');
}

/** A text of a compose file between double quotes of a shell: both have the same variables. */
const shellText = (text: string) => `"${text.replaceAll(/["`\\]/g, '\\$&').replaceAll('$$', '\\$')}"`;

/** The script that makes the secrets that are missing, and deploys. */
function scriptOf(name: string, secrets: ReadonlyMap<string, string>): string {
  const lines = [...secrets].map(([secret, text]) => `make ${secret} ${shellText(text)}`);
  return `#!/bin/sh
# Makes the secrets of the stack that are missing, and deploys it. Written by npm run synth: edit environments/, not this file.
set -eu
cd "$(dirname "$0")"
set -a
[ ! -e .env ] || . ./.env
set +a

make() {
  docker secret inspect "$1_\${SECRETS:-1}" >/dev/null 2>&1 || printf %s "$2" | docker secret create "$1_\${SECRETS:-1}" - >/dev/null
}

${lines.length > 0 ? `${lines.join('\n')}\n\n` : ''}exec docker stack deploy --detach --compose-file stack.yaml "$@" ${name}
`;
}

/** What the stack of a system is made from. */
export interface StackSource {
  readonly system: System;
  readonly pods: readonly Pod[];
  readonly document: ComposeDocument;
  readonly preparation: Preparation;
  readonly files: ReadonlyMap<string, string>;
  readonly tls: boolean;
}

/** The files of a stack, beside those of the compose file. */
export function stackFiles({ system, pods, document, preparation, files, tls }: StackSource): Map<string, string> {
  const { [PREPARE]: _, [PROXY]: proxy, ...others } = document.services;
  const claims = pods.flatMap(({ volumes }) => volumes.map(({ claim }) => claim));
  const mounted = new Set(
    Object.values(document.services)
      .filter(isInStack)
      .flatMap(({ volumes = [] }) => volumes.map(sourceOf)),
  );
  const owners = new Map([...preparation.owners].filter(([volume]) => mounted.has(volume)));
  const prepare = prepareService({ tools: preparation.tools || tls, secretFiles: [], owners });
  const routes: [string, string][] = proxy === undefined ? [] : [[ROUTES, yamlOf(routesOf(pods, undefined, tls))]];
  const ofStack = (volume: ComposeVolume) =>
    typeof volume === 'string' ? volume.replace('./files/proxy:', './files/stack:') : volume;
  const own: ComposeDocument = {
    ...document,
    services: {
      ...(proxy && { [PROXY]: { ...proxy, volumes: (proxy.volumes ?? []).map(ofStack) } }),
      ...others,
      ...(prepare && { [PREPARE]: prepare }),
    },
  };
  const parts: StackParts = {
    files: new Map([...files, ...routes]),
    secrets: new Map(preparation.secretFiles.map(({ volume, files: texts }) => [volume, texts])),
    data: new Set([CERTIFICATES, ...claims]),
  };
  const { stack, secrets } = stackOf(own, parts);
  return new Map([
    ['stack.yaml', `${headOf(system, pods)}\n${yamlOf(stack)}`],
    ['deploy.sh', scriptOf(document.name, secrets)],
    ...routes,
  ]);
}
