import { Config } from '../../model/config';
import { shellFiles } from '../shell/shell';
import attemptsScript from './attempts.sh';
import backupScript from './backup.sh';
import creationSql from './creation.sql';
import databasesScript from './databases.sh';
import databasesSql from './databases.sql';
import drillScript from './drill.sh';
import drillRoleSql from './drill-role.sql';
import dumpScript from './dump.sh';
import dumpsScript from './dumps.sh';
import endSessionsSql from './end-sessions.sql';
import factsSql from './facts.sql';
import leftoversSql from './leftovers.sql';
import manifestSql from './manifest.sql';
import missingRolesSql from './missing-roles.sql';
import ownerSql from './owner.sql';
import portableScript from './portable.sh';
import pushScript from './push.sh';
import removeScript from './remove.sh';
import repositorySql from './repository.sql';
import restoreScript from './restore.sh';
import rightsSql from './rights.sql';
import roomScript from './room.sh';
import rowsSql from './rows.sql';
import scratchScript from './scratch.sh';
import scratchSql from './scratch.sql';
import sessionsSql from './sessions.sql';
import settingsSql from './settings.sql';
import snapshotsScript from './snapshots.sh';
import snapshotsSql from './snapshots.sql';
import swapSql from './swap.sql';
import takeOverSql from './take-over.sql';
import taskScript from './task.sh';

/** The scripts of all tasks here: one ConfigMap, `backup-scripts`. */
export function backupScripts(namespace: string): Config {
  return new Config(namespace, 'backup-scripts', {
    ...shellFiles('administrators.sh', 'log.sh', 'passwords.sh', 'restic.sh', 'servers.sh', 'tenants.sh', 'url.sh'),
    'attempts.sh': attemptsScript,
    'backup.sh': backupScript,
    'creation.sql': creationSql,
    'databases.sh': databasesScript,
    'databases.sql': databasesSql,
    'drill.sh': drillScript,
    'drill-role.sql': drillRoleSql,
    'dump.sh': dumpScript,
    'dumps.sh': dumpsScript,
    'end-sessions.sql': endSessionsSql,
    'facts.sql': factsSql,
    'leftovers.sql': leftoversSql,
    'manifest.sql': manifestSql,
    'missing-roles.sql': missingRolesSql,
    'owner.sql': ownerSql,
    'portable.sh': portableScript,
    'push.sh': pushScript,
    'remove.sh': removeScript,
    'repository.sql': repositorySql,
    'restore.sh': restoreScript,
    'rights.sql': rightsSql,
    'room.sh': roomScript,
    'rows.sql': rowsSql,
    'scratch.sh': scratchScript,
    'scratch.sql': scratchSql,
    'sessions.sql': sessionsSql,
    'settings.sql': settingsSql,
    'snapshots.sh': snapshotsScript,
    'snapshots.sql': snapshotsSql,
    'swap.sql': swapSql,
    'take-over.sql': takeOverSql,
    'task.sh': taskScript,
  });
}
