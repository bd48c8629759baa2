import type { Kubectl } from '../../../commands/shared/kubectl';
import { eventually } from '../cluster';

/** A pod that policies select like those of a workload, since it has the same labels. */
export interface Source {
  /** Its name in reachability. */
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** An address and port to connect to. */
export interface Destination {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** Tries all connections in parallel, and prints those that succeed. A network may refuse by dropping packets. */
const CONNECT = `
import asyncio, json, sys
async def connects(place):
    address, port = place.rsplit(" ", 1)
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(address, int(port)), 3)
        writer.close()
        return True
    except (OSError, asyncio.TimeoutError):
        return False
async def main():
    answers = await asyncio.gather(*map(connects, sys.argv[1:]))
    print(json.dumps([place for place, answer in zip(sys.argv[1:], answers) if answer]))
asyncio.run(main())
`;

/** A pod that waits for kubectl exec. It is never ready, so that no Service selects it. */
export function waitingPod(name: string, { namespace, labels }: Source, image: string) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10001,
        runAsGroup: 10001,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'probe',
          image,
          command: ['python3', '-c', 'import time; time.sleep(3600)'],
          readinessProbe: { exec: { command: ['false'] } },
          resources: { requests: { cpu: '1m', memory: '16Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  };
}

/** Runs an action with waiting pods, one for each source. */
export async function withPods<T>(
  kubectl: Kubectl,
  sources: readonly Source[],
  image: string,
  use: (nameOf: (source: Source) => string) => Promise<T>,
): Promise<T> {
  const nameOf = (source: Source) => `probe-${sources.indexOf(source)}`;
  const pods = { apiVersion: 'v1', kind: 'List', items: sources.map((one) => waitingPod(nameOf(one), one, image)) };
  const list = JSON.stringify(pods);
  try {
    const { code, stderr } = await kubectl.attempt(['apply', '--server-side', '-f', '-'], list);
    if (code !== 0) throw new Error(stderr);
    const running = ['wait', '--for=jsonpath={.status.phase}=Running', '--timeout=120s', '-f', '-'];
    const waited = await kubectl.attempt(running, list);
    if (waited.code !== 0) throw new Error(waited.stderr);
    return await use(nameOf);
  } finally {
    await kubectl.attempt(['delete', '--ignore-not-found', '--wait', '-f', '-'], list);
  }
}

/**
 * Which sources connect to which destinations, as `from -> to`.
 *
 * @param expected the result to wait for: a network needs some seconds to apply policies to a new pod
 */
export function expectReach(
  kubectl: Kubectl,
  sources: readonly Source[],
  destinations: readonly Destination[],
  image: string,
  expected: (ways: string[]) => void,
): Promise<void> {
  const places = destinations.map(({ address, port }) => `${address} ${port}`);
  return withPods(kubectl, sources, image, (nameOf) =>
    eventually(30, async () => {
      const ways = await Promise.all(
        sources.map(async (source) => {
          const exec = ['exec', '-n', source.namespace, nameOf(source), '--', 'python3', '-c', CONNECT, ...places];
          const reached: string[] = JSON.parse(await kubectl.run(...exec));
          return destinations
            .filter((_, index) => reached.includes(places[index] as string))
            .map(({ name, port }) => `${source.name} -> ${name} ${port}`);
        }),
      );
      expected(ways.flat().sort());
    }),
  );
}
