/** An image without its digest and tag: `docker.io/library/nginx` of `docker.io/library/nginx:1`. */
const repositoryOf = (image: unknown): string =>
  typeof image === 'string' ? (image.split('@', 1)[0] as string).replace(/:[^/]*$/, '') : '';

/** The tag of an image, or nothing. */
export const tagOf = (image: unknown): string =>
  typeof image === 'string' ? (/:([^/@]*)(?:@|$)/.exec(image)?.[1] ?? '') : '';

/** The name of an image, without registry, tag and digest: `nginx` of `docker.io/library/nginx:1`. */
export function imageName(image: unknown): string {
  const repository = repositoryOf(image);
  return repository.slice(repository.lastIndexOf('/') + 1);
}

const DOCKER_HUB = /^(?:(?:index\.|registry-1\.)?docker\.io|registry\.hub\.docker\.com)\//;

/** Other repositories of the same image, or of one that is made from it and writes the same. */
const SAME: Readonly<Record<string, string>> = {
  'nginx/nginx': 'nginx',
  'valkey/valkey': 'valkey',
  'postgis/postgis': 'postgres',
  'pgvector/pgvector': 'postgres',
  'ankane/pgvector': 'postgres',
  'timescale/timescaledb': 'postgres',
  'elasticsearch/elasticsearch': 'elasticsearch',
  'grafana/grafana-oss': 'grafana/grafana',
  'grafana/grafana-enterprise': 'grafana/grafana',
  'prometheus/prometheus': 'prom/prometheus',
  'prometheus/alertmanager': 'prom/alertmanager',
  'phpmyadmin/phpmyadmin': 'phpmyadmin',
};

/**
 * What is known of an image goes by this name: `nginx` for the official image of Docker Hub and for its mirrors, which keep the folder
 * `library`; `grafana/grafana` for others, in any registry.
 */
export function familyOf(image: unknown): string {
  const parts = repositoryOf(image).replace(DOCKER_HUB, '').split('/');
  const name = parts.length === 1 || parts.at(-2) === 'library' ? String(parts.at(-1)) : parts.slice(-2).join('/');
  const known = name.replace(/^bitnami(?:legacy|secure)\//, 'bitnami/');
  return Object.hasOwn(SAME, known) ? (SAME[known] as string) : known;
}

/** A folder that an image writes, unless what its container is given says another one. */
type Written = string | readonly [folder: string, isMoved: (stated: string) => boolean];

const moved =
  (pattern: RegExp) =>
  (stated: string): boolean =>
    pattern.test(stated);

const PID = moved(/(?:^|[\s;])pid\s+\//);

/** Redis keeps nothing where both its ways to do so are off. Source: redis.io, Persistence. */
const keepsNothing = (stated: string): boolean =>
  /(?:^|\s)(?:--)?dir\s+\//.test(stated) ||
  (/(?:^|\s)(?:--)?save\s+(?:""|''|(?=--)|$)/m.test(stated) && !/appendonly\s+yes/.test(stated));

const APACHE: readonly Written[] = [['/var/run/apache2', moved(/APACHE_(?:RUN_DIR|PID_FILE)/)], '/tmp'];
const REDIS: readonly Written[] = [['/data', keepsNothing]];
const bitnami = (name: string, ...folders: string[]): readonly Written[] => [
  ...folders.map((folder) => `/opt/bitnami/${name}/${folder}`),
  '/tmp',
];

/** The folders that images write. Some runtimes make the volumes that an image declares writable, others do not. Source: the images. */
const WRITTEN: Readonly<Record<string, readonly Written[]>> = {
  nginx: [
    ['/var/cache/nginx', moved(/client_body_temp_path/)],
    ['/var/run', PID],
  ],
  'nginxinc/nginx-unprivileged': [['/tmp', PID]],
  httpd: ['/usr/local/apache2/logs'],
  postgres: [['/var/run/postgresql', moved(/unix_socket_directories/)]],
  mysql: ['/var/run/mysqld', ['/tmp', moved(/tmpdir/)]],
  mariadb: ['/run/mysqld', ['/tmp', moved(/tmpdir/)]],
  mongo: [
    ['/data/db', moved(/--dbpath|dbPath/)],
    ['/tmp', moved(/unixSocketPrefix|unixDomainSocket|nounixsocket/)],
  ],
  redis: REDIS,
  valkey: REDIS,
  rabbitmq: ['/var/lib/rabbitmq'],
  elasticsearch: [
    ['/usr/share/elasticsearch/data', moved(/path\.data/)],
    ['/usr/share/elasticsearch/logs', moved(/path\.logs/)],
    ['/tmp', moved(/ES_TMPDIR/)],
  ],
  'grafana/grafana': [['/var/lib/grafana', moved(/GF_PATHS_DATA/)]],
  'prom/prometheus': [['/prometheus', moved(/--storage\.(?:tsdb|agent)\.path/)]],
  'prom/alertmanager': [['/alertmanager', moved(/--storage\.path/)]],
  'jenkins/jenkins': [['/var/jenkins_home', moved(/JENKINS_HOME/)], '/tmp'],
  'sonatype/nexus3': ['/nexus-data'],
  cassandra: ['/var/lib/cassandra'],
  couchdb: ['/opt/couchdb/data'],
  ghost: ['/var/lib/ghost/content'],
  'gitea/gitea': ['/data'],
  neo4j: ['/data', '/logs'],
  solr: ['/var/solr'],
  tomcat: ['/usr/local/tomcat/logs', '/usr/local/tomcat/temp', '/usr/local/tomcat/work'],
  ...Object.fromEntries(
    ['wordpress', 'drupal', 'joomla', 'nextcloud', 'matomo', 'phpmyadmin', 'php'].map((name) => [name, APACHE]),
  ),
  'bitnami/nginx': bitnami('nginx', 'tmp'),
  'bitnami/redis': bitnami('redis', 'tmp'),
  'bitnami/postgresql': bitnami('postgresql', 'conf', 'tmp'),
  'bitnami/mongodb': bitnami('mongodb', 'conf', 'tmp'),
  'bitnami/mariadb': bitnami('mariadb', 'conf', 'tmp'),
  'bitnami/mysql': bitnami('mysql', 'conf', 'tmp'),
};

/** The folders that an image of this tag writes. Of images with PHP, some variants have no web server. */
function writtenBy(image: string): readonly Written[] {
  const family = familyOf(image);
  const written = Object.hasOwn(WRITTEN, family) ? (WRITTEN[family] as readonly Written[]) : [];
  const tag = tagOf(image);
  const hasServer = family === 'php' ? /apache/.test(tag) : !/fpm|cli|alpine/.test(tag);
  return written === APACHE && !hasServer ? [] : written;
}

/** The same folder under another name. */
const canonical = (path: string): string => path.replace(/^\/run(?=\/|$)/, '/var/run');

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/**
 * The folders that a known image writes, and that none of the writable paths holds.
 *
 * @param stated what its container is given: arguments, variables and files. @default - nothing
 * @returns none for an image that is not known
 */
export function foldersWithoutVolume(image: string, writable: readonly string[], stated = ''): string[] {
  const paths = writable.map(canonical);
  return writtenBy(image)
    .flatMap((one) => (typeof one === 'string' ? one : one[1](stated) ? [] : one[0]))
    .filter(
      (folder) =>
        !paths.some(
          (one) => isBelow(canonical(folder), one) || (canonical(folder) === '/var/run' && isBelow(one, '/var/run')),
        ),
    );
}

/** Whether it is known of an image what it writes. */
export const isKnown = (image: unknown): boolean => writtenBy(String(image)).length > 0;
