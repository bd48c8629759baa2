import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Any } from '../../support';
import { Container, type Sandbox } from './container';
import { type Image, imageName } from './images';
import { type CommandOptions, type Output, until } from './machine';
import type { Network } from './network';
import type { Objects, Workload } from './objects';
import { ask } from './probe';
import { Volumes } from './volumes';

/** The result of a pod that ended. */
export interface Result {
  /** 0, or the first other code of a container. */
  readonly code: number;
  /** The logs of its containers, one after the other. */
  readonly log: string;
  /** The same by container. */
  readonly logs: Readonly<Record<string, string>>;
  readonly seconds: number;
  /** Whether it exceeded the deadline of its Job. */
  readonly timedOut: boolean;
}

/** The result of a pod that was stopped. */
export interface Stopped {
  /** The exit code of each container: 128 and the signal for one that a signal ended. */
  readonly codes: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** The parts of a laboratory that a pod uses. */
export interface Surroundings {
  /** The prefix of network namespaces. */
  readonly lab: string;
  readonly folder: string;
  readonly objects: Objects;
  readonly network: Network;
  readonly claims: (namespace: string, name: string) => string;
  readonly image: (name: string) => Image;
  /** Called when a pod becomes ready, or is no longer ready. */
  readonly changed: () => Promise<unknown>;
}

/** How a pod is started. */
export interface StartOptions {
  /** Variables that override those of the objects, in every container: `kubectl set env`. @default - none */
  readonly env?: Readonly<Record<string, string>>;
  /** The deadline of a Job, in seconds. @default - the object's */
  readonly deadline?: number;
  /** The hard limit of open files. The soft one is 1024, as containerd 2 gives. @default - the machine's */
  readonly files?: number;
}

/** How often a starting pod is probed: more often than by the kubelet, so that tests do not wait. */
const PROBE_INTERVAL = 0.1;

/** The timeout of its readiness, whatever its probes allow: a failed test should end before jest's timeout. */
const READY_TIMEOUT = 60;

/** A pod. */
export class Pod {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its address, for clients in the test's own process as well. */
  address = '';
  /** The result of the pod of a Job. */
  readonly finished: Promise<Result>;

  private readonly containers: Container[] = [];
  private readonly began = Date.now();
  private readonly volumes: Volumes;
  private finish: (result: Result) => void = () => {};
  private ready = new Set<string>();
  private ended = false;
  private timedOut = false;
  private removal: Promise<void> | undefined;

  constructor(
    readonly name: string,
    private readonly workload: Workload,
    private readonly around: Surroundings,
    private readonly options: StartOptions,
  ) {
    const { namespace, template } = workload;
    this.namespace = namespace;
    this.labels = template.metadata?.labels ?? {};
    this.volumes = new Volumes(around.objects, namespace, this.spec, join(this.folder, 'volumes'), (claim) =>
      around.claims(namespace, claim),
    );
    this.finished = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  get spec(): Any {
    return this.workload.template.spec;
  }

  private get folder(): string {
    return join(this.around.folder, 'pods', this.name);
  }

  /** Whether Services send connections to it. */
  get isReady(): boolean {
    return !this.ended && this.address !== '' && this.spec.containers.every(({ name }: Any) => this.ready.has(name));
  }

  /**
   * Starts the pod. The pod of a Job is running then, any other is ready.
   *
   * @throws when it cannot start, with the logs of its containers
   */
  async start(): Promise<void> {
    const { job } = this.workload;
    const deadline = this.options.deadline ?? job?.activeDeadlineSeconds;
    const timer = deadline === undefined ? undefined : setTimeout(() => this.expire(), deadline * 1000);
    try {
      await this.sandbox();
      await this.initialise();
      if (!this.ended && this.containers.every(({ code }) => code === 0)) {
        for (const container of this.spec.containers) this.containers.push(this.container(container));
      }
    } catch (error) {
      clearTimeout(timer);
      await this.remove();
      throw error;
    }
    for (const { name, exited } of this.containers) exited.then(() => this.ready.delete(name) && this.around.changed());
    const over = Promise.all(this.containers.map(({ exited }) => exited)).then(async () => {
      clearTimeout(timer);
      this.ended = true;
      this.finish(this.result());
      await (job ? this.remove() : this.around.changed());
    });
    over.catch(() => {}); // the caller who waits for the pod gets the error
    if (!job) await this.untilReady();
  }

  /** The log of one of its containers, or of all, one after the other. */
  log(container?: string): string {
    return this.containers
      .filter(({ name }) => container === undefined || name === container)
      .map((one) => one.log())
      .join('');
  }

  /** Runs a command in a container, the first one unless another is named. Its variables are the container's and those given. */
  exec(argv: readonly string[], options: CommandOptions & { readonly container?: string } = {}): Promise<Output> {
    return this.get(options.container ?? this.spec.containers[0].name).exec(argv, options);
  }

  /** Stops it like the kubelet: no Service routes to it, then hook, signal, and SIGKILL after its grace period. */
  async stop(grace: number = this.spec.terminationGracePeriodSeconds ?? 30): Promise<Stopped> {
    const began = Date.now();
    this.ended = true;
    await this.around.changed();
    const ends = this.containers.map(async (one) => [one.name, await one.stop(grace)] as const);
    const codes = Object.fromEntries(await Promise.all(ends));
    await this.remove();
    return { codes, seconds: (Date.now() - began) / 1000 };
  }

  /** Kills it like a power failure. */
  async kill(): Promise<void> {
    await this.remove();
  }

  /** Sends a signal to the first process of a container. */
  signal(signal: NodeJS.Signals, container: string = this.spec.containers[0].name): Promise<void> {
    return this.get(container).signal(signal);
  }

  /** Updates its volumes from ConfigMaps and Secrets. */
  update(): void {
    if (!this.ended) this.volumes.update();
  }

  /** The number of a named port of the pod. */
  port(port: string | number): number | undefined {
    if (typeof port === 'number') return port;
    return this.spec.containers.flatMap(({ ports = [] }: Any) => ports).find(({ name }: Any) => name === port)
      ?.containerPort;
  }

  private get(name: string): Container {
    const found = this.containers.find((one) => one.name === name);
    if (found === undefined) throw new Error(`${this.name} has no container ${name} that was started`);
    return found;
  }

  private async sandbox() {
    const sysctls = (this.spec.securityContext?.sysctls ?? []).map(({ name, value }: Any) => `${name}=${value}`);
    this.address = await this.around.network.attach(this.name, sysctls);
    await this.volumes.make();
  }

  private container(spec: Any): Container {
    const { lab, objects, network } = this.around;
    const sandbox: Sandbox = {
      namespace: this.namespace,
      pod: this.name,
      network: `${lab}-${this.name}`,
      folder: this.folder,
      address: this.address,
      spec: this.spec,
      objects,
      volumes: this.volumes,
      hosts: network.hosts,
      env: this.options.env ?? {},
      files: this.options.files,
    };
    return new Container(spec, this.around.image(imageName(spec.image)), sandbox);
  }

  /** Runs the init containers one after the other, until one fails. */
  private async initialise() {
    for (const spec of this.spec.initContainers ?? []) {
      if (spec.restartPolicy !== undefined) throw new Error(`the laboratory starts no sidecar such as ${spec.name}`);
      const container = this.container(spec);
      this.containers.push(container);
      if ((await container.exited) === 0) continue;
      if (this.workload.job) return;
      throw new Error(`${this.name}: the init container ${spec.name} failed:\n${container.log()}`);
    }
  }

  private result(): Result {
    return {
      code: this.timedOut ? 137 : (this.containers.map(({ code }) => code as number).find((code) => code !== 0) ?? 0),
      log: this.log(),
      logs: Object.fromEntries(this.containers.map((one) => [one.name, one.log()])),
      seconds: (Date.now() - this.began) / 1000,
      timedOut: this.timedOut,
    };
  }

  private expire() {
    this.timedOut = true;
    this.stop().catch(() => {});
  }

  private async untilReady() {
    try {
      await Promise.all(this.spec.containers.map((spec: Any) => this.containerReady(spec)));
    } catch (error) {
      const log = this.log();
      await this.remove();
      throw new Error(`${this.name}: ${(error as Error).message}\n${log}`);
    }
    await this.around.changed();
    for (const spec of this.spec.containers) if (spec.readinessProbe) this.watch(spec);
  }

  private async containerReady({ name, startupProbe, readinessProbe, lifecycle }: Any) {
    const container = this.get(name);
    if (lifecycle?.postStart) await this.hook(container, lifecycle.postStart);
    for (const probe of [startupProbe, readinessProbe]) {
      if (probe === undefined) continue;
      const well = async () => {
        if (!container.running) throw new Error(`container ${name} ended with ${container.code}`);
        return ask(probe, container, this.address);
      };
      await until(`container ${name} is ready`, READY_TIMEOUT, well, PROBE_INTERVAL);
    }
    this.ready.add(name);
  }

  /** Runs the postStart hook of a container: probes start after it, and a failed one ends the container. */
  private async hook(container: Container, postStart: Any) {
    if (!postStart.exec) throw new Error(`the laboratory knows no hook such as ${JSON.stringify(postStart)}`);
    const { code, stdout, stderr } = await container.exec(postStart.exec.command, { timeout: READY_TIMEOUT });
    if (code !== 0) throw new Error(`the hook of container ${container.name} ended with ${code}\n${stdout}${stderr}`);
  }

  /** Continues to probe, so that a pod that is no longer ready gets no connections. */
  private async watch({ name, readinessProbe: probe }: Any) {
    const container = this.get(name);
    let wrong = 0;
    while (!this.ended) {
      await sleep((probe.periodSeconds ?? 10) * 1000, undefined, { ref: false });
      if (this.ended) return;
      const well = await ask(probe, container, this.address).catch(() => false); // it may have ended just now
      wrong = well ? 0 : wrong + 1;
      const before = this.isReady;
      if (well) this.ready.add(name);
      else if (wrong >= (probe.failureThreshold ?? 3)) this.ready.delete(name);
      if (this.isReady !== before) await this.around.changed();
    }
  }

  /** Kills its processes, and deletes its address and its volumes; claims stay. */
  private remove(): Promise<void> {
    this.removal ??= (async () => {
      this.ended = true;
      await this.around.changed();
      if (this.address !== '') await this.around.network.detach(this.name);
      await Promise.all(this.containers.map(({ exited }) => exited));
      await this.volumes.remove();
    })();
    return this.removal;
  }
}
