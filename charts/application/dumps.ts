import { to } from '../../lib/model/connection';
import { volumeName } from '../../lib/model/storage';
import type { Task } from '../../lib/model/task';
import { repositoryOf } from '../../lib/parts/backup/repository';
import { snapshotHost } from '../../lib/parts/data-store';
import { dumps } from '../../lib/parts/dump/dump';
import { connectionsOf } from './connections';
import { containerOf, userOf } from './containers';
import { type Application, targetNamed } from './context';
import { portsOf } from './names';
import { dumpNames, dumpsIn } from './storage';
import { Variables } from './variables';

/** The tasks that dump the volumes of services. */
export function dumpTasks(app: Application): Task[] {
  const { name: system, environment, namespace, settings, source } = app;
  const { backups } = settings;
  if (backups === undefined || 'none' in backups) return [];
  return Object.entries(settings.services).flatMap(([name, service]) =>
    dumpsIn(service.storage).flatMap(({ path, access, command }) => {
      const volume = volumeName(path);
      // A server that runs is often asked for its data, not its files.
      const itself = portsOf(service).map(({ name: port }) => to(targetNamed(app, name), port));
      return dumps({
        system,
        namespace,
        names: dumpNames(name, path),
        from: `services.${name}`,
        container: containerOf(app, name, service, new Variables(app, name, service), command),
        command,
        ...userOf(app, service),
        writableRoot: service.allow.writableRoot,
        volume: { claim: `${name}-${volume}`, path, ...(access === 'one' && { with: { system, name } }) },
        connectsTo: [...connectionsOf(app, { ...service, init: {}, sidecars: {} }), ...itself],
        repository: repositoryOf(namespace, source, backups),
        folder: `volumes/${name}/${volume}`,
        host: snapshotHost({ system, environment }),
        config: backups,
      });
    }),
  );
}
