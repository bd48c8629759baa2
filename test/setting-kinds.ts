import type { Risk } from '../lib/diff/mark';

/**
 * What a change of each setting leads to: the gravest risk of which `npm run diff` has to tell. A new setting belongs in one of these lists.
 * "calm" changes no pod and loses nothing; "fixed" allows one value only.
 */
export const SETTINGS: Readonly<Partial<Record<Risk | 'calm' | 'fixed', string>>> = {
  data: `
    shape s3.bucket s3.endpoint files.shared.storageClass files.storage files.storageClass database.kind database.host database.name database.tag database.storage
    database.storageClass database.instances database.archive.destination database.archive.endpoint database.archive.retention
    database.archive.schedule tenantServers.*.kind tenantServers.*.host tenantServers.*.tag tenantServers.*.storage
    tenantServers.*.storageClass tenantServers.*.instances tenantServers.*.archive.destination tenantServers.*.archive.endpoint
    tenantServers.*.archive.retention tenantServers.*.archive.schedule redis.kind redis.host redis.port redis.db redis.tag redis.storage
    redis.keep redis.storageClass backups.repository backups.claim backups.keep.daily backups.keep.weekly backups.keep.monthly backups.drill.server.tag
    backups.drill.server.storage backups.drill.server.storageClass`,
  hostRemoved: 'hosts.app hosts.api hosts.admin edge.implementation edge.ports.http edge.ports.https',
  accessWidened: `
    database.ca tenantServers.*.ca backups.drill.server.ca
    edge.kind single.root services.api.port services.ai.port services.web.port admin.allowedFrom logfire dns.nodeLocal edge.controller.namespace
    edge.controller.labels edge.trustedHops rateLimit.average rateLimit.burst monitoring.port monitoring.prometheus.namespace
    monitoring.prometheus.labels s3.addresses s3.port redis.addresses database.port database.addresses database.operator.namespace
    database.apiServer.addresses database.apiServer.ports database.archive.addresses database.archive.port tenantServers.*.port
    tenantServers.*.addresses tenantServers.*.operator.namespace tenantServers.*.apiServer.addresses tenantServers.*.apiServer.ports
    tenantServers.*.archive.addresses tenantServers.*.archive.port backups.addresses backups.port backups.drill.server.port
    backups.drill.server.addresses backups.pushgateway.namespace secrets.store.kind secrets.store.roleArn secrets.store.tenantId secrets.store.clientId`,
  secret: `
    auth.tenantTokens imagePullSecrets database.user database.tls tenantServers.*.tls backups.drill.server.kind backups.drill.server.tls secrets.kind
    secrets.prefix secrets.tenantShards secrets.store.region secrets.store.vaultUrl secrets.store.server secrets.store.path`,
  alertRemoved: 'monitoring.enabled',
  rolls: `
    app.image app.tag app.digest app.user app.health single.cpu single.memory split.api.own.image split.api.own.tag split.api.own.digest
    split.api.cpu split.api.memory split.worker.own.image split.worker.own.tag split.worker.own.digest split.worker.cpu split.worker.memory
    split.frontend.own.image split.frontend.own.tag split.frontend.own.digest split.frontend.cpu split.frontend.memory finish s3.region
    services.api.image services.api.tag services.api.digest services.api.cpu services.api.memory
    services.ai.image services.ai.tag services.ai.digest services.ai.cpu services.ai.memory services.ai.gpu.count
    services.ai.gpu services.ai.gpu.resource services.ai.gpu.nodes services.ai.gpu.taint services.ai.modelCacheTtl services.web.image services.web.tag
    services.web.digest services.web.cpu services.web.memory services.web.cdn backend.image backend.tag backend.digest adminUi.image
    adminUi.tag adminUi.digest adminUi.cpu adminUi.memory chatApi.cpu chatApi.memory adminApi.cpu adminApi.memory auth.accessTokenMinutes
    auth.refreshTokenDays tenantPool.size tenantPool.overflow tenantPool.active tenantPool.idle logLevel pgbouncer.image pgbouncer.tag
    pgbouncer.digest pgbouncer.poolSize pgbouncer.adminPoolSize pgbouncer.maxClients pgbouncer.cpu pgbouncer.memory
    pgbouncer.longestTransaction pgbouncer.exporter.image pgbouncer.exporter.tag pgbouncer.exporter.digest database.pgbouncer.image
    database.pgbouncer.tag database.pgbouncer.digest database.pgbouncer.poolSize database.pgbouncer.maxClients database.pgbouncer.cpu
    database.pgbouncer.memory database.pgbouncer.longestTransaction database.pgbouncer.exporter.image database.pgbouncer.exporter.tag
    database.pgbouncer.exporter.digest database.image database.digest
    database.cpu database.memory database.maxConnections database.poolSize database.driver tenantServers.*.image
    tenantServers.*.digest tenantServers.*.cpu tenantServers.*.memory tenantServers.*.maxConnections redis.image
    redis.digest redis.cpu redis.memory backups.drill.server.host backups.drill.server.maxConnections
    backups.drill.server.image backups.drill.server.digest backups.drill.server.cpu backups.drill.server.memory secrets.revision
    secrets.store.mountPath secrets.store.role`,
  runs: `
    files.copyFrom migrations.command migrations.adminCommand migrations.variable migrations.parallel migrations.cpu migrations.memory
    postgresClient.image postgresClient.tag postgresClient.digest`,
  calm: `
    document.description document.rationale document.owner document.alternatives document.services.*.language
    document.services.*.framework document.services.*.build document.services.*.dependencies document.services.*.files document.context
    document.benefits document.drawbacks document.authentication document.maintenance document.targets document.costs document.declined
    document.reviewedBy document.approvedBy
    routers app.users uploads split.api.scale.replicas split.api.scale.min split.api.scale.max split.api.scale.cpu split.api.scale.memory
    split.worker.scale.replicas split.worker.scale.min split.worker.scale.max split.worker.scale.cpu split.worker.scale.memory
    split.frontend.scale.replicas split.frontend.scale.min split.frontend.scale.max split.frontend.scale.cpu split.frontend.scale.memory
    services.api.scale.replicas services.api.scale.min services.api.scale.max services.api.scale.cpu services.api.scale.memory
    services.ai.scale.replicas services.ai.scale.min services.ai.scale.max services.ai.scale.cpu services.ai.scale.memory
    services.web.scale.replicas services.web.scale.min services.web.scale.max services.web.scale.cpu services.web.scale.memory
    adminUi.scale.replicas adminUi.scale.min adminUi.scale.max adminUi.scale.cpu adminUi.scale.memory chatApi.scale.replicas
    chatApi.scale.min chatApi.scale.max chatApi.scale.cpu chatApi.scale.memory adminApi.scale.replicas adminApi.scale.min
    adminApi.scale.max adminApi.scale.cpu adminApi.scale.memory pgbouncer.replicas database.pgbouncer.replicas edge.class edge.issuer edge.entryPoints.http
    edge.entryPoints.https monitoring.path monitoring.dashboards.labels monitoring.availability monitoring.p95.api
    monitoring.p95.frontend monitoring.p95.ai monitoring.p95.web monitoring.p95.chatApi monitoring.p95.adminApi monitoring.p95.adminUi
    monitoring.metrics.requests.duration monitoring.metrics.requests.status monitoring.metrics.pool.waiting
    monitoring.metrics.pool.connections monitoring.metrics.ai.tokens monitoring.metrics.ai.type monitoring.metrics.ai.model
    monitoring.metrics.ai.prices.input monitoring.metrics.ai.prices.output database.reserved database.unverified tenantServers.*.unverified backups.drill.server.unverified tenantServers.*.reserved
    database.archive.drill.hour database.archive.drill.rpo database.archive.drill.image.image database.archive.drill.image.tag
    database.archive.drill.image.digest tenantServers.*.archive.drill.hour tenantServers.*.archive.drill.rpo
    tenantServers.*.archive.drill.image.image tenantServers.*.archive.drill.image.tag tenantServers.*.archive.drill.image.digest
    backups.hour backups.every backups.parallel backups.pushgateway.service backups.pushgateway.labels backups.pushgateway.port backups.drill.tenants backups.drill.rpo backups.drill.rto backups.drill.largest
    backups.drill.server.reserved backups.restic.image backups.restic.tag backups.restic.digest secrets.refresh`,
  fixed: 'environment database.ssl',
};
