import type { ApiObjectMetadata } from 'cdk8s';
import { Construct } from 'constructs';
import {
  Database,
  DatabaseRole,
  DatabaseSpecDatabaseReclaimPolicy as Reclaim,
  DatabaseRoleSpecDatabaseRoleReclaimPolicy as RoleReclaim,
} from '../../../imports/postgresql.cnpg.io';
import type { ClusterDatabase, ClusterRole, PostgresCluster } from '../../model/postgres-cluster';
import { roleObjectName } from '../../model/postgres-cluster';
import { waveOf } from '../annotations';
import { labelsOf } from '../labels';
import { mayLogIn } from './access';

/**
 * An object for each role and database of a cluster. The object names begin with the name of the cluster, so that several clusters in a
 * namespace can have the same role. Source: cloudnative-pg.io, Role management, Database management.
 */
export class RolesAndDatabases extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly cluster: PostgresCluster,
  ) {
    super(scope, id);
    for (const role of cluster.roles) this.role(role);
    for (const database of cluster.databases) this.database(database);
  }

  private metadata(name: string): ApiObjectMetadata {
    const { system, namespace, name: cluster } = this.cluster;
    return {
      namespace,
      name: `${cluster}-${roleObjectName(name)}`,
      labels: labelsOf(system, cluster),
      annotations: waveOf('data'),
    };
  }

  private role(role: ClusterRole) {
    const { name, password, connectionLimit, memberOf = [], createdb, bypassrls, dropped } = role;
    new DatabaseRole(this, `role-${name}`, {
      metadata: this.metadata(name),
      spec: {
        cluster: { name: this.cluster.name },
        name,
        login: mayLogIn(role),
        ...(password === undefined ? { disablePassword: true } : { passwordSecret: { name: password.name } }),
        ...(connectionLimit !== undefined && { connectionLimit }),
        ...(memberOf.length > 0 && { inRoles: [...memberOf] }),
        ...(createdb && { createdb }),
        ...(bypassrls && { bypassrls }),
        databaseRoleReclaimPolicy: dropped ? RoleReclaim.DELETE : RoleReclaim.RETAIN,
      },
    });
  }

  private database({ name, owner }: ClusterDatabase) {
    new Database(this, `database-${name}`, {
      metadata: this.metadata(name),
      spec: {
        cluster: { name: this.cluster.name },
        name,
        owner,
        databaseReclaimPolicy: Reclaim.RETAIN,
      },
    });
  }
}
