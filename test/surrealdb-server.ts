import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { surrealdb } from '../lib/parts/surrealdb/settings';

/** The version that environment files have unless they say another one. */
const VERSION = (surrealdb(false).parse({ kind: 'statefulset' }).tag as string).replace(/^v|-dev$/g, '');

/** The program of a real server: BERTH_SURREALDB, or what the cluster kit has built; undefined where there is none. */
export const SURREAL = [
  process.env.BERTH_SURREALDB,
  join(process.env.CLUSTER_CACHE ?? join(homedir(), '.cache/cluster-kit'), `bin/surreal-${VERSION}`),
].find((path) => path !== undefined && existsSync(path));

/** What tests without a server are called. */
export const NOT_POSSIBLE = `not possible on this machine: SurrealDB ${VERSION}, which BERTH_SURREALDB names or the cluster kit has`;
