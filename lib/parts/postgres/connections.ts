import { type Connection, pooled } from '../../model/connection';
import type { Server } from '../../model/database';

/**
 * The connections of a task that works on several databases in parallel, and holds a lock on the first server meanwhile.
 *
 * @param parallel the largest number of connections to a server, besides that of the lock
 * @param why how `parallel` is calculated, for reports
 */
export function lockedConnections(servers: readonly Server[], parallel: number, why: string): Connection[] {
  const [withLock, withoutLock] = [
    { perPod: parallel + 1, why: `${why} + 1 that holds the lock` },
    { perPod: parallel, why },
  ];
  return servers.map((server, index) => pooled(server, index === 0 ? withLock : withoutLock));
}
