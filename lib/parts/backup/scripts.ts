import { Config } from '../../model/config';
import backupScript from './backup.sh';
import commonScript from './common.sh';
import databasesSql from './databases.sql';
import drillScript from './drill.sh';
import dumpScript from './dump.sh';
import endSessionsSql from './end-sessions.sql';
import factsSql from './facts.sql';
import leftoversSql from './leftovers.sql';
import manifestSql from './manifest.sql';
import missingRolesSql from './missing-roles.sql';
import ownerSql from './owner.sql';
import removeScript from './remove.sh';
import repositorySql from './repository.sql';
import restoreScript from './restore.sh';
import rightsSql from './rights.sql';
import rowsSql from './rows.sql';
import scratchSql from './scratch.sql';
import sessionsSql from './sessions.sql';
import settingsSql from './settings.sql';
import snapshotsSql from './snapshots.sql';
import swapSql from './swap.sql';
import takeOverSql from './take-over.sql';

/** The ConfigMap `backup-scripts`, with the scripts and queries of all backup tasks. */
export function backupScripts(namespace: string): Config {
  return new Config(namespace, 'backup-scripts', {
    'backup.sh': backupScript,
    'common.sh': commonScript,
    'databases.sql': databasesSql,
    'drill.sh': drillScript,
    'dump.sh': dumpScript,
    'end-sessions.sql': endSessionsSql,
    'facts.sql': factsSql,
    'leftovers.sql': leftoversSql,
    'manifest.sql': manifestSql,
    'missing-roles.sql': missingRolesSql,
    'owner.sql': ownerSql,
    'remove.sh': removeScript,
    'repository.sql': repositorySql,
    'restore.sh': restoreScript,
    'rights.sql': rightsSql,
    'rows.sql': rowsSql,
    'scratch.sql': scratchSql,
    'sessions.sql': sessionsSql,
    'settings.sql': settingsSql,
    'snapshots.sql': snapshotsSql,
    'swap.sql': swapSql,
    'take-over.sql': takeOverSql,
  });
}
