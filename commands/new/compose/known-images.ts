/** What is known of an image that compose files do not say, since containers reach each other at any port there. */
export interface KnownImage {
  /** The port at which it listens. */
  readonly port: number;
  /** @default http */
  readonly protocol?: 'tcp' | 'grpc';
  /** The user of its processes. @default - that of all services */
  readonly user?: number;
  /** Whether it is a server of data, which nobody outside reaches. */
  readonly isStore?: true;
}

const store = (port: number, user?: number): KnownImage => ({
  port,
  protocol: 'tcp',
  isStore: true,
  ...(user !== undefined && { user }),
});

/** By the last name of the repository, or the last two. Sources: the Dockerfiles of the official images. */
const KNOWN: Readonly<Record<string, KnownImage>> = {
  adminer: { port: 8080 },
  caddy: { port: 80 },
  clickhouse: { port: 8123, isStore: true },
  'clickhouse-server': { port: 8123, user: 101, isStore: true },
  elasticsearch: { port: 9200, user: 1000, isStore: true },
  grafana: { port: 3000, user: 472 },
  httpd: { port: 80 },
  influxdb: { port: 8086, user: 1000, isStore: true },
  kafka: store(9092),
  keycloak: { port: 8080, user: 1000 },
  'cp-kafka': store(9092),
  mailhog: { port: 1025, protocol: 'tcp' },
  mailpit: { port: 1025, protocol: 'tcp' },
  mariadb: store(3306, 999),
  meilisearch: { port: 7700, isStore: true },
  memcached: store(11211, 11211),
  minio: { port: 9000, isStore: true },
  mongo: store(27017, 999),
  'mssql/server': store(1433, 10001),
  mysql: store(3306, 999),
  nats: store(4222),
  nginx: { port: 80, user: 101 },
  ollama: { port: 11434 },
  opensearch: { port: 9200, user: 1000, isStore: true },
  php: { port: 9000, protocol: 'tcp' },
  phpmyadmin: { port: 80 },
  postgres: store(5432, 999),
  prometheus: { port: 9090, user: 65534 },
  qdrant: { port: 6333, user: 1000, isStore: true },
  rabbitmq: store(5672, 999),
  redis: store(6379, 999),
  'auto-setup': { port: 7233, protocol: 'grpc' },
  valkey: store(6379, 999),
  wordpress: { port: 80 },
  zookeeper: store(2181, 1000),
};

/** What is known of an image, by its repository. */
export function knownImage(image: string): KnownImage | undefined {
  const names = image.split('/');
  const name = [names.slice(-2).join('/'), names.at(-1) ?? ''].find((one) => Object.hasOwn(KNOWN, one));
  if (name === undefined) return undefined;
  // Another builder's image has another user.
  const { user, ...known } = KNOWN[name] as KnownImage;
  return { ...known, ...(user !== undefined && !image.includes('bitnami') && { user }) };
}

/** Images that become `database`: the official one, and those that only add extensions to it. */
const POSTGRES: Readonly<Record<string, readonly string[]>> = {
  'docker.io/library/postgres': [],
  'docker.io/pgvector/pgvector': ['vector'],
  'docker.io/postgis/postgis': ['postgis'],
};

/** The extensions that an image of PostgreSQL adds. @default - it is none that becomes `database` */
export function postgresExtensions(image: string): readonly string[] | undefined {
  return Object.hasOwn(POSTGRES, image) ? POSTGRES[image] : undefined;
}

/** Whether an image becomes `redis`. */
export function isRedis(image: string): boolean {
  return ['docker.io/library/redis', 'docker.io/valkey/valkey'].includes(image);
}

/** Whether an image becomes `queue`. */
export function isRabbitMq(image: string): boolean {
  return image === 'docker.io/library/rabbitmq';
}

/** Whether an image serves the containers of Docker itself: routes, updates or certificates, by Docker's socket. */
export function servesDocker(image: string): boolean {
  return /(^|\/)(traefik|nginx-proxy|acme-companion|watchtower|portainer(-ce)?|autoheal|certbot|docker-socket-proxy|cadvisor)$/.test(
    image,
  );
}

const TCP = [21, 22, 25, 465, 587, 1025, 1883, 2181, 3306, 4222, 5432, 5672, 6379, 7687, 9042, 9092, 11211, 27017];

/** The protocol of a port, by its usual number. */
export function protocolOf(port: number): 'http' | 'grpc' | 'tcp' {
  return TCP.includes(port) ? 'tcp' : [50051, 7233].includes(port) ? 'grpc' : 'http';
}

/** The ports at which debuggers wait. */
export const DEBUGGERS: readonly number[] = [5005, 5678, 6060, 9229, 40000];
