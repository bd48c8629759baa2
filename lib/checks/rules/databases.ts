import { cloudNativePgFindings } from '../cluster/database-access';
import { serverFileFindings } from '../cluster/server-files';
import type { Rule } from '../rule';

const NAME = 'databases';

/** Database servers ask for a password over TLS, and their roles have no more rights than they need. */
export const databases: Rule = {
  name: NAME,
  level: 'risk',
  rationale: `Policies decide which pods reach a database server; what they may do there, its own configuration decides: \`pg_hba\` and the
roles of CloudNativePG, the files of PgBouncer and Redis. With \`trust\` there, every pod that reaches the server is its superuser; a tenant with
\`superuser\`, \`createrole\` or the password of another one reads the data of all. Without \`fsync\`, a machine that fails takes the database with it.`,
  wrong: `apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: { name: postgres, namespace: shop }
spec:
  instances: 3
  postgresql: { pg_hba: ["host all all 0.0.0.0/0 trust"] }
`,
  right: `apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: { name: postgres, namespace: shop }
spec:
  instances: 3
  postgresql: { pg_hba: ["hostssl shop shop all scram-sha-256", "host all all all reject"] }
`,
  judge: (cluster) =>
    [...cloudNativePgFindings(cluster), ...serverFileFindings(cluster)].map((finding) => ({ rule: NAME, ...finding })),
};
