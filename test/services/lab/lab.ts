import { chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ManifestObject } from '../../../lib/manifests/object';
import type { Any } from '../../support';
import { IMAGES, type Image } from './images';
import { kernel } from './machine';
import { LABORATORIES, Network, type ServicePort } from './network';
import { Objects, type Workload } from './objects';
import { Pod, type Result, type StartOptions } from './pod';

/** A program beside the cluster: a managed server, an S3 endpoint, a client. */
export interface Daemon {
  /** The name of an image. */
  readonly image: string;
  /** @default - the image's */
  readonly command?: readonly string[];
  /** @default - the image's */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** @default 0 */
  readonly user?: number;
  /** Folders of this machine that it may write to, by their path in it. @default - none */
  readonly folders?: Readonly<Record<string, string>>;
  /** The port that is open when it has started. @default - it is not waited for */
  readonly port?: number;
  /** Its host names. @default - none */
  readonly hosts?: readonly string[];
}

/** How long a laboratory whose folder has no process ID yet may still be writing it. */
const YOUNG_MS = 10_000;

/** Whether a process uses the folder of a laboratory. */
function taken(folder: string): boolean {
  const file = join(folder, 'owner');
  if (existsSync(file)) return existsSync(`/proc/${readFileSync(file, 'utf8')}`);
  return Date.now() - statSync(folder).mtimeMs < YOUNG_MS;
}

/** A very small cluster, which runs the containers of objects with real programs. */
export class Lab {
  readonly objects = new Objects();
  private readonly network: Network;
  private readonly pods: Pod[] = [];
  private started = 0;

  private constructor(
    /** The prefix of its namespaces and interfaces. */
    private readonly name: string,
    number: number,
    /** All its files. */
    private readonly root: string,
    private readonly images: Readonly<Record<string, Image>>,
  ) {
    this.network = new Network(name, number, join(root, 'hosts'));
  }

  /**
   * Opens a laboratory, and removes what crashed ones left behind.
   *
   * @param images added to the default ones, or in their place: a test's replacements of a system's images
   */
  static async open(objects: readonly ManifestObject[], images: Readonly<Record<string, Image>> = {}): Promise<Lab> {
    let lab: Lab | undefined;
    for (let number = 0; number < LABORATORIES; number++) {
      const name = `berth-lab-${number}`;
      const root = join(tmpdir(), name);
      if (existsSync(root)) {
        if (taken(root)) continue;
        await kernel('close', name, root);
      }
      if (lab !== undefined) continue;
      mkdirSync(root); // fails if another process was faster
      writeFileSync(join(root, 'owner'), String(process.pid));
      lab = new Lab(name, number, root, { ...IMAGES, ...images });
    }
    if (lab === undefined) throw new Error(`there are ${LABORATORIES} laboratories already`);
    await lab.network.open();
    await lab.update(objects);
    return lab;
  }

  /** Stops everything. */
  async close(): Promise<void> {
    await Promise.all(this.pods.map((pod) => pod.kill()));
    await this.network.close();
    await kernel('close', this.name, this.root);
  }

  /** Adds or replaces objects: volumes of running pods are updated like by the kubelet, and pods that start later use the new objects. */
  async update(objects: readonly ManifestObject[]): Promise<void> {
    this.objects.apply(objects);
    for (const pod of this.pods) pod.update();
    await this.route();
  }

  /** Starts one pod of a Deployment or StatefulSet, and waits until it is ready; or of a Job or CronJob, whose `finished` has its result. */
  async start(namespace: string, name: string, options: StartOptions = {}): Promise<Pod> {
    return this.create(this.objects.workload(namespace, name), options);
  }

  /** Runs a Job, or the Job of a CronJob, to its end; as one pod, unless it may be retried. */
  async run(
    namespace: string,
    name: string,
    { retries = 0, ...options }: StartOptions & { readonly retries?: number } = {},
  ): Promise<Result> {
    const result = await (await this.start(namespace, name, options)).finished;
    return result.code === 0 || retries === 0
      ? result
      : this.run(namespace, name, { ...options, retries: retries - 1 });
  }

  /** Starts a program outside of the cluster. */
  async daemon(name: string, daemon: Daemon): Promise<Pod> {
    const folders = Object.entries(daemon.folders ?? {});
    const user = daemon.user ?? 0;
    const spec = {
      securityContext: { runAsUser: user, runAsGroup: user },
      containers: [
        {
          name,
          image: daemon.image,
          command: daemon.command,
          args: daemon.args,
          env: Object.entries(daemon.env ?? {}).map(([key, value]) => ({
            name: key,
            value: value.replaceAll('$', '$$$$'),
          })),
          volumeMounts: folders.map(([mountPath], index) => ({ name: `folder-${index}`, mountPath })),
          ...(daemon.port !== undefined && { startupProbe: { tcpSocket: { port: daemon.port } } }),
        },
      ],
      volumes: folders.map(([, path], index) => ({ name: `folder-${index}`, hostPath: { path } })),
    };
    const workload: Workload = { kind: 'Pod', namespace: 'outside', name, template: { spec } };
    const pod = await this.create(workload, {});
    for (const host of daemon.hosts ?? []) this.host(host, pod.address);
    return pod;
  }

  /** Gives an address a name. */
  host(name: string, address: string): void {
    this.network.name(name, address);
  }

  /** The address of a Service (`name.namespace`) or of a host, for clients in the test's own process. */
  address(name: string): string {
    return this.network.lookup(name);
  }

  /** The folder of a volume claim. */
  claim(namespace: string, name: string): string {
    return this.folder(join('claims', namespace, name));
  }

  /** A folder that is deleted with the laboratory. */
  folder(name: string, owner?: number): string {
    const path = join(this.root, 'folders', name);
    mkdirSync(path, { recursive: true });
    if (owner !== undefined) chownSync(path, owner, owner);
    return path;
  }

  private async create(workload: Workload, options: StartOptions): Promise<Pod> {
    this.started += 1;
    const pod = new Pod(`${workload.name}-${this.started}`, workload, this.surroundings(), options);
    this.pods.push(pod);
    await pod.start();
    return pod;
  }

  private surroundings() {
    return {
      lab: this.name,
      folder: this.root,
      objects: this.objects,
      network: this.network,
      claims: (namespace: string, name: string) => this.claim(namespace, name),
      image: (name: string) => {
        const image = this.images[name];
        if (image === undefined) throw new Error(`nothing stands for the image ${name}; give it to Lab.open`);
        return image;
      },
      changed: () => this.route(),
    };
  }

  /** Routes each Service to the ready pods that it selects. */
  private async route(): Promise<void> {
    const ports = this.objects.of('Service').flatMap(({ metadata, spec }): ServicePort[] => {
      const { namespace, name } = metadata;
      const selected = this.pods.filter(
        (pod) =>
          pod.isReady &&
          pod.namespace === namespace &&
          Object.entries(spec.selector ?? {}).every(([label, value]) => pod.labels[label] === value),
      );
      if (spec.clusterIP === 'None') {
        const addresses = selected.map((pod) => pod.address);
        this.network.headless(namespace, name, addresses);
        return [];
      }
      const address = this.network.service(namespace, name);
      return spec.ports.map(({ port, targetPort = port }: Any) => ({
        address,
        port,
        pods: selected.flatMap((pod) => {
          const target = pod.port(targetPort);
          return target === undefined ? [] : [{ address: pod.address, port: target }];
        }),
      }));
    });
    await this.network.route(ports);
  }
}
