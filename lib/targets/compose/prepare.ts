import { imageReference } from '../../base/image';
import { imageOf } from '../../base/versions';
import { TOOLS } from './health';
import type { SecretFiles } from './mounts';

/** The service that prepares volumes before the others start. */
export const PREPARE = 'prepare';

/** The volume with the client of health checks. */
export const TOOLS_VOLUME = 'tools';

/** A static build, which runs in every image. */
const IMAGE = imageReference(imageOf('BusyBox'));

/** A function that replaces a file of a volume in one step, since others may be reading it. */
const WRITE = `write() { printf %s "$$2" >"/volumes/$$1.new" && chmod 444 "/volumes/$$1.new" && mv "/volumes/$$1.new" "/volumes/$$1"; }`;

/** Whom a volume belongs to: the user and group of its programs, or a group alone that users of several share. */
export interface Owner {
  readonly user?: number;
  readonly group: number;
}

/** What has to be prepared. */
export interface Preparation {
  /** Whether a health check needs the client. */
  readonly tools: boolean;
  readonly secretFiles: readonly SecretFiles[];
  /** The volumes that programs write to, with the owner of each. */
  readonly owners: ReadonlyMap<string, Owner>;
}

/**
 * A service that runs to its end before the others: it hands volumes to the users of their programs, as Kubernetes does by `fsGroup`,
 * writes the files of secrets, and copies the client of health checks. Compose's own secrets cannot be written into a container whose
 * root is read-only.
 *
 * @returns undefined where nothing has to be prepared
 */
export function prepareService({ tools, secretFiles, owners }: Preparation) {
  const values: Record<string, string> = {};
  const writes = secretFiles.flatMap(({ volume, files }) =>
    Object.entries(files).map(([file, text]) => {
      const name = `FILE_${Object.keys(values).length + 1}`;
      values[name] = text;
      return `write '${volume}/${file}' "$$${name}"`;
    }),
  );
  const lines = [
    // A program that runs cannot be written over, and health checks run at any time.
    ...(tools ? [`cp /bin/busybox ${TOOLS}/busybox.new`, `mv ${TOOLS}/busybox.new ${TOOLS}/busybox`] : []),
    ...(writes.length > 0 ? [WRITE, ...writes] : []),
    ...[...owners].flatMap(([volume, { user, group }]) => [
      `chown ${user ?? 0}:${group} /volumes/${volume}`,
      ...(user === undefined ? [`chmod 770 /volumes/${volume}`] : []),
    ]),
  ];
  if (lines.length === 0) return undefined;
  const mounted = [...secretFiles.map(({ volume }) => volume), ...owners.keys()];
  return {
    image: IMAGE,
    command: ['sh', '-euc', `${lines.join('\n')}\n`],
    user: '0:0',
    network_mode: 'none',
    restart: 'no',
    read_only: true,
    cap_drop: ['ALL'],
    cap_add: ['CHOWN'],
    security_opt: ['no-new-privileges:true'],
    ...(Object.keys(values).length > 0 && { environment: values }),
    volumes: [
      ...(tools ? [`${TOOLS_VOLUME}:${TOOLS}`] : []),
      ...mounted.map((volume) => `${volume}:/volumes/${volume}`),
    ],
  };
}
