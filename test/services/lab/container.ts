import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Any } from '../../support';
import { environmentOf, expand } from './environment';
import { DEFAULT_ENV, type Image } from './images';
import { type CommandOptions, command, type Output, POD_SH, ROOT_FILE_SYSTEM, until } from './machine';
import type { Objects } from './objects';
import type { Volumes } from './volumes';

/** What the containers of a pod share. */
export interface Sandbox {
  readonly namespace: string;
  readonly pod: string;
  /** The network namespace. */
  readonly network: string;
  /** The folder with the laboratory's files of this pod. */
  readonly folder: string;
  readonly address: string;
  readonly spec: Any;
  readonly objects: Objects;
  readonly volumes: Volumes;
  readonly hosts: string;
  /** Variables that override those of the objects. */
  readonly env: Readonly<Record<string, string>>;
  /** The hard limit of open files. @default - the machine's */
  readonly files: number | undefined;
}

const passwd = () => readFileSync(join(ROOT_FILE_SYSTEM, 'etc/passwd'), 'utf8').split('\n');

/** The home folder of a user ID in the image's /etc/passwd. */
function homeOf(user: number): string {
  const line = passwd().find((one) => one.split(':')[2] === String(user));
  return line?.split(':')[5] ?? '/';
}

function quoted(word: string | number): string {
  return `'${String(word).replaceAll("'", "'\\''")}'`;
}

/** A started container. */
export class Container {
  readonly name: string;
  /** The exit code of its first process: 128 and more for a signal. */
  readonly exited: Promise<number>;
  code: number | undefined;
  private readonly folder: string;
  private readonly variables: Record<string, string>;
  private readonly process: ChildProcess;

  /** @throws when a reference does not exist, since the kubelet would not start it */
  constructor(
    readonly spec: Any,
    private readonly image: Image,
    private readonly sandbox: Sandbox,
  ) {
    this.name = spec.name;
    this.folder = join(sandbox.folder, 'containers', spec.name);
    const { namespace, pod, address, objects } = sandbox;
    const user = this.security('runAsUser') ?? 0;
    if (this.security('runAsNonRoot') && user === 0) throw new Error(`${pod}/${this.name} would run as root`);
    this.variables = {
      ...environmentOf(
        spec,
        objects,
        namespace,
        { HOME: homeOf(user), HOSTNAME: pod, ...DEFAULT_ENV, ...image.env },
        {
          'metadata.name': pod,
          'metadata.namespace': namespace,
          'spec.serviceAccountName': sandbox.spec.serviceAccountName ?? 'default',
          'status.podIP': address,
        },
      ),
      ...sandbox.env,
    };
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, 'log'), '');
    writeFileSync(join(this.folder, 'settings'), this.settings(user));
    writeFileSync(join(this.folder, 'mounts'), this.mounts());
    // It ends with this process, so that a crashed test leaves no running processes.
    const argv = ['--pdeathsig', 'KILL', 'bash', POD_SH, 'run', this.folder, ...this.argv()];
    this.process = spawn('setpriv', argv, { env: this.variables, detached: true, stdio: 'ignore' });
    this.exited = new Promise((resolve, reject) => {
      this.process.on('error', reject);
      this.process.on('exit', (code) => {
        this.code = code ?? 137;
        resolve(this.code);
      });
    });
  }

  get running(): boolean {
    return this.code === undefined;
  }

  /** Its log so far. */
  log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8');
  }

  /** Runs a command in it. */
  async exec(argv: readonly string[], options: CommandOptions = {}): Promise<Output> {
    await this.began();
    if (!this.running) throw new Error(`${this.name} has ended with ${this.code}:\n${this.log()}`);
    const env = { ...this.variables, ...options.env };
    return command(['bash', POD_SH, 'exec', this.folder, ...argv], { ...options, env });
  }

  /** Stops it: its preStop hook, the image's stop signal, and SIGKILL after its grace period. */
  async stop(grace: number): Promise<number> {
    if (!this.running) return this.exited;
    const end = Date.now() + grace * 1000;
    const hook = this.spec.lifecycle?.preStop;
    // The result of the hook does not matter, and the container may end during it.
    if (hook?.exec) await this.exec(hook.exec.command, { timeout: grace }).catch(() => {});
    else if (hook?.sleep) await new Promise((resolve) => setTimeout(resolve, hook.sleep.seconds * 1000));
    else if (hook) throw new Error(`the laboratory knows no hook such as ${JSON.stringify(hook)}`);
    await this.signal(this.image.stopSignal ?? 'SIGTERM');
    // Where the hook has used up the grace period, two more seconds are added, like the kubelet does.
    const timer = setTimeout(() => this.signal('SIGKILL'), Math.max(end - Date.now(), 2000));
    const code = await this.exited;
    clearTimeout(timer);
    return code;
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    await this.began();
    try {
      if (this.running) process.kill(this.pid() as number, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Waits until it has its namespaces and its root: before, a command would run outside of it. */
  private began(): Promise<void> {
    return until(`the start of ${this.name}`, 30, () => !this.running || this.pid() !== undefined, 0.005);
  }

  private pid(): number | undefined {
    const file = join(this.folder, 'pid');
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return text.endsWith('\n') ? Number(text) : undefined;
  }

  private security(field: string): Any {
    return this.spec.securityContext?.[field] ?? this.sandbox.spec.securityContext?.[field];
  }

  private argv(): string[] {
    const { command: own, args } = this.spec;
    const argv = [...(own ?? this.image.entrypoint ?? []), ...(args ?? (own ? [] : (this.image.command ?? [])))];
    if (argv.length === 0) throw new Error(`neither ${this.name} nor its image ${this.spec.image} says a command`);
    return argv.map((word) => expand(word, this.variables));
  }

  private settings(user: number): string {
    const { fsGroup, supplementalGroups = [] } = this.sandbox.spec.securityContext ?? {};
    const groups = [...(fsGroup === undefined ? [] : [fsGroup]), ...supplementalGroups];
    const rights = [
      `--reuid=${user}`,
      `--regid=${this.security('runAsGroup') ?? 0}`,
      groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`,
      ...(this.security('allowPrivilegeEscalation') === false ? ['--no-new-privs'] : []),
      ...(this.security('capabilities')?.drop?.includes('ALL') ? ['--inh-caps=-all', '--bounding-set=-all'] : []),
    ];
    const settings = {
      root: this.image.root ?? ROOT_FILE_SYSTEM,
      namespace: this.sandbox.network,
      hostname: this.sandbox.pod,
      user,
      path: this.variables.PATH as string,
      workdir: this.spec.workingDir ?? this.image.workdir ?? '/',
      files: this.sandbox.files ?? '',
      read_only: String(this.security('readOnlyRootFilesystem') === true),
    };
    const lines = Object.entries(settings).map(([name, value]) => `lab_${name}=${quoted(value)}`);
    return [...lines, `lab_rights=(${rights.map(quoted).join(' ')})`, ''].join('\n');
  }

  /** The mounts: the image's files first, then volumes, outer ones before inner ones. */
  private mounts(): string {
    const { volumes, hosts } = this.sandbox;
    const files = Object.entries({ ...this.image.files, '/etc/hosts': hosts });
    const mounted = (this.spec.volumeMounts ?? []).map(({ name, mountPath, readOnly, ...more }: Any) => {
      if (Object.keys(more).length > 0) throw new Error(`the laboratory mounts no ${Object.keys(more)} (${name})`);
      return [volumes.path(name), mountPath, readOnly || volumes.readOnly(name) ? 'ro' : 'rw'];
    });
    const depth = (path: string) => path.split('/').length;
    return [
      ...files.map(([path, from]) => [from, path, 'ro']),
      ...mounted.sort((a: Any, b: Any) => depth(a[1]) - depth(b[1])),
    ]
      .map((fields) => `${fields.join('\t')}\n`)
      .join('');
  }
}
