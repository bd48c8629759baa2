import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Any } from '../../support';
import { command } from './machine';
import type { Objects } from './objects';

interface Content {
  readonly bytes: Buffer;
  readonly mode: number;
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  k: 1e3,
  M: 1e6,
  G: 1e9,
};

function bytesOf(quantity: string): number {
  const [, number, unit] = /^([0-9.]+)(Ki|Mi|Gi|k|M|G|)$/.exec(quantity) ?? [];
  if (number === undefined) throw new Error(`the laboratory cannot read the size ${quantity}`);
  return Number(number) * (UNITS[unit as string] as number);
}

/** The files of a configMap or secret volume, or undefined when the volume is of another kind. */
function contentOf(volume: Any, objects: Objects, namespace: string): Map<string, Content> | undefined {
  const source = volume.configMap ?? volume.secret;
  if (source === undefined) return undefined;
  const kind = volume.secret ? 'Secret' : 'ConfigMap';
  const name = volume.secret?.secretName ?? source.name;
  const values = objects.values(kind, namespace, name);
  if (values === undefined && !source.optional) throw new Error(`no ${kind} ${namespace}/${name}`);
  const items = source.items ?? [...(values ?? new Map()).keys()].map((key) => ({ key, path: key }));
  const files = new Map<string, Content>();
  for (const { key, path, mode } of items) {
    const bytes = values?.get(key);
    if (bytes !== undefined) files.set(path, { bytes, mode: mode ?? source.defaultMode ?? 0o644 });
    else if (!source.optional) throw new Error(`no key ${key} in ${kind} ${namespace}/${name}`);
  }
  return files;
}

/** The content of a volume, to tell whether it has to be updated. */
function present(folder: string): Map<string, Content> {
  const root = join(folder, '..data');
  const files = new Map<string, Content>();
  if (!existsSync(root)) return files;
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(root.length + 1), { bytes: readFileSync(path), mode: statSync(path).mode & 0o777 });
  }
  return files;
}

/** Gives the pod's group read access. Source: Kubernetes, pkg/volume/volume_linux.go. */
function giveTo(group: number | undefined, path: string, mode: number) {
  chownSync(path, 0, group ?? 0);
  chmodSync(path, mode);
}

let generation = 0;

/** Replaces all files atomically, by exchanging a link. Source: Kubernetes, pkg/volume/util/atomic_writer.go. */
function write(folder: string, wanted: ReadonlyMap<string, Content>, group: number | undefined) {
  const more = group === undefined ? 0 : 0o440;
  const files = new Map([...wanted].map(([path, { bytes, mode }]) => [path, { bytes, mode: mode | more }]));
  const before = present(folder);
  const same = (path: string, { bytes, mode }: Content) =>
    before.get(path)?.bytes.equals(bytes) && before.get(path)?.mode === mode;
  const link = join(folder, '..data');
  if (existsSync(link) && files.size === before.size && [...files].every(([path, file]) => same(path, file))) return;

  generation += 1;
  const fresh = `..${new Date().toISOString().replace(/[:.]/g, '_')}.${generation}`;
  mkdirSync(join(folder, fresh));
  giveTo(group, join(folder, fresh), group === undefined ? 0o755 : 0o2755);
  for (const [path, { bytes, mode }] of files) {
    const parent = dirname(path);
    if (parent !== '.') {
      mkdirSync(join(folder, fresh, parent), { recursive: true });
      giveTo(group, join(folder, fresh, parent), group === undefined ? 0o755 : 0o2755);
    }
    writeFileSync(join(folder, fresh, path), bytes);
    giveTo(group, join(folder, fresh, path), mode);
  }
  const old = existsSync(link) ? readlinkSync(link) : undefined;
  symlinkSync(fresh, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), link);
  const visible = new Set([...files.keys()].map((path) => path.split('/')[0] as string));
  for (const name of visible) {
    if (!lstatSync(join(folder, name), { throwIfNoEntry: false })) symlinkSync(`..data/${name}`, join(folder, name));
  }
  for (const name of readdirSync(folder)) {
    if (!name.startsWith('..') && !visible.has(name)) rmSync(join(folder, name));
  }
  if (old !== undefined) rmSync(join(folder, old), { recursive: true });
}

/** Changes the group of a persistent volume, unless its root has the group already and fsGroupChangePolicy is OnRootMismatch. */
function handOver(folder: string, { fsGroup, fsGroupChangePolicy }: Any) {
  if (fsGroup === undefined) return;
  const mask = 0o2770;
  const root = statSync(folder);
  if (fsGroupChangePolicy === 'OnRootMismatch' && root.gid === fsGroup && (root.mode & mask) === mask) return;
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  for (const path of [...entries.map((entry) => join(entry.parentPath, entry.name)), folder]) {
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) continue;
    chownSync(path, stat.uid, fsGroup);
    chmodSync(path, (stat.mode & 0o7777) | (stat.isDirectory() ? mask : 0o660));
  }
}

/** The volumes of one pod, as folders of this machine. */
export class Volumes {
  private readonly folders = new Map<string, string>();
  private readonly spec: Any;

  /**
   * @param folder for volumes that are deleted with the pod
   * @param claims for persistent volumes: a folder for each claim
   */
  constructor(
    private readonly objects: Objects,
    private readonly namespace: string,
    spec: Any,
    private readonly folder: string,
    private readonly claims: (name: string) => string,
  ) {
    this.spec = { ...spec, securityContext: spec.securityContext ?? {} };
  }

  /** @throws when a reference of a volume does not exist */
  async make(): Promise<void> {
    for (const volume of this.spec.volumes ?? []) this.folders.set(volume.name, await this.folderOf(volume));
  }

  /** The folder of a volume on this machine. */
  path(name: string): string {
    const path = this.folders.get(name);
    if (path === undefined) throw new Error(`the pod has no volume ${name}`);
    return path;
  }

  /** Whether a volume is read-only, whatever the mount says. */
  readOnly(name: string): boolean {
    const volume = this.spec.volumes.find((one: Any) => one.name === name);
    return volume.configMap !== undefined || volume.secret !== undefined;
  }

  /** Updates the volumes of a running pod from ConfigMaps and Secrets. */
  update(): void {
    for (const volume of this.spec.volumes ?? []) {
      const content = contentOf(volume, this.objects, this.namespace);
      const folder = this.folders.get(volume.name); // none while the pod is starting
      if (content && folder) write(folder, content, this.spec.securityContext.fsGroup);
    }
  }

  /** Deletes the volumes that end with the pod. */
  async remove(): Promise<void> {
    for (const [name, path] of this.folders) {
      const { emptyDir } = this.spec.volumes.find((one: Any) => one.name === name);
      if (emptyDir?.medium === 'Memory') await command(['umount', '--lazy', path]);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async folderOf(volume: Any): Promise<string> {
    const { fsGroup } = this.spec.securityContext;
    if (volume.hostPath) return volume.hostPath.path;
    if (volume.persistentVolumeClaim) {
      const { claimName } = volume.persistentVolumeClaim;
      if (this.objects.find('PersistentVolumeClaim', this.namespace, claimName) === undefined) {
        throw new Error(`no PersistentVolumeClaim ${this.namespace}/${claimName}`);
      }
      const claim = this.claims(claimName);
      handOver(claim, this.spec.securityContext);
      return claim;
    }
    const folder = join(this.folder, volume.name);
    mkdirSync(folder, { recursive: true });
    if (volume.emptyDir?.medium === 'Memory') {
      const size = volume.emptyDir.sizeLimit === undefined ? '50%' : bytesOf(String(volume.emptyDir.sizeLimit));
      const { code, stderr } = await command(['mount', '-t', 'tmpfs', '-o', `size=${size}`, 'memory', folder]);
      if (code !== 0) throw new Error(stderr);
    }
    const content = contentOf(volume, this.objects, this.namespace);
    if (content === undefined && !volume.emptyDir && !volume.ephemeral) {
      throw new Error(`the laboratory knows no volume such as ${JSON.stringify(volume)}`);
    }
    giveTo(fsGroup, folder, fsGroup === undefined ? 0o777 : 0o2777);
    if (content !== undefined) write(folder, content, fsGroup);
    return folder;
  }
}
