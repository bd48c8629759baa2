import type { Lab } from './lab';
import type { Pod } from './pod';

/** How a test's S3 server differs. */
interface S3Props {
  /** The access key and its secret, with a comma between them. */
  readonly keys: string;
  /** More arguments of `rclone serve s3`. @default - none */
  readonly args?: readonly string[];
  /** More folders of its container. @default - none */
  readonly folders?: Readonly<Record<string, string>>;
}

/** Starts an S3 server at s3.example.test:9000, whose buckets are folders of the lab's folder `s3`. */
export function serveS3(lab: Lab, { keys, args = [], folders = {} }: S3Props): Promise<Pod> {
  return lab.daemon('s3', {
    image: 'rclone',
    args: ['serve', 's3', '--addr', ':9000', ...args, '--auth-key', keys, '/data'],
    folders: { '/data': lab.folder('s3'), ...folders },
    port: 9000,
    hosts: ['s3.example.test'],
  });
}
