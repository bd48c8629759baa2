import { z } from 'zod';
import { imageOf, versionOf } from '../base/versions';
import type { Environment } from './environment';
import { count, imageWithDefault, name, storage, text } from './fields';
import { schedule, timeZone } from './schedule';

/** The name of Argo CD's files: `environments/argocd.yaml` and `dist/argocd/`. */
export const ARGOCD = 'argocd';

/** The generated list of deployed systems, in `dist/`. */
export const INDEX = 'index.json';

/** The folder in `dist/argocd/` with health checks that are merged into Argo CD's settings by hand. */
export const HEALTH = 'health';

const REPOSITORY = /^(https:\/\/|ssh:\/\/git@|git@)[\w.-]+(:\d{1,5})?[:/][\w./~-]+$/;

const version = text(/^\d+\.\d+\.\d+$/, 'the version of a chart, such as 1.2.3');

/** The versions of the charts that Argo CD installs. Source: the charts' repositories, in CHARTS of charts/argocd/monitoring.ts. */
const charts = z
  .strictObject({
    'kube-prometheus-stack': version
      .default(versionOf('kube-prometheus-stack').version)
      .describe('Prometheus, Alertmanager and Grafana'),
    loki: version.default(versionOf('loki').version).describe('Loki'),
    alloy: version.default(versionOf('alloy').version).describe('Alloy'),
  })
  .prefault({})
  .describe('The versions of the Helm charts of monitoring');

/** The schema of `environments/argocd.yaml`: Argo CD's settings for all environments. */
export const argoCdSchema = z.strictObject({
  repository: text(
    REPOSITORY,
    'the address of a git repository without a password, such as https://github.com/yourorg/berth',
  ).describe('The repository of this project, which Argo CD reads'),
  revision: text(/^[\w][\w./-]*$/, 'a branch or tag such as main')
    .default('main')
    .describe('The branch or tag that is deployed'),
  namespace: name.default('argocd').describe("Argo CD's namespace"),
  charts,
});

/** Argo CD's settings, with defaults filled in. */
export type ArgoCdConfig = z.output<typeof argoCdSchema>;

const window = z.strictObject({
  schedule: schedule(5, 'five fields of cron, such as "0 8 * * 1-5"').describe('When it opens'),
  duration: text(/^([1-9]\d{0,3}h)?([1-9]\d{0,3}m)?$/, 'a duration such as 8h or 90m')
    .min(2, 'a duration such as 8h or 90m')
    .describe('How long it stays open'),
  timeZone: timeZone.default('UTC').describe('The time zone of the schedule'),
  manualSync: z.boolean().default(false).describe('Allow manual syncs outside of the window'),
});

/** A shell and wget. Source: hub.docker.com/_/busybox. */
const BUSYBOX = imageOf('BusyBox');

/** How Argo CD deploys to one environment. */
export function deployment(environment: Environment) {
  return z
    .strictObject({
      cluster: name
        .default(environment.name)
        .describe("The cluster's name in Argo CD; the cluster that Argo CD runs in is in-cluster"),
      sync: z
        .enum(['automatic', 'manual'])
        .default(environment.production ? 'manual' : 'automatic')
        .describe('Whether Argo CD syncs commits automatically, or only on request'),
      windows: z.array(window).default([]).describe('The times at which syncs are allowed; none: always'),
      smoke: z
        .strictObject(imageWithDefault(environment.development, BUSYBOX))
        .optional()
        .describe(
          'A Job in each system that asks the health paths of its Services after each sync; {} has the default image, BusyBox; without it there is none',
        ),
    })
    .prefault({})
    .describe('How Argo CD deploys to this environment');
}

/** The settings of the monitoring charts that Argo CD installs in the cluster. */
export const monitoring = z
  .strictObject({
    namespace: name.default('monitoring').describe('Their namespace'),
    prometheus: z
      .strictObject({
        retentionDays: count(1, 3650).default(15).describe('How long metrics are kept, in days'),
        storage: storage.default('50Gi'),
      })
      .prefault({})
      .describe('Prometheus'),
    alertmanager: z
      .strictObject({
        secret: name
          .optional()
          .describe(
            'An existing Secret in the namespace, with the receivers of alerts in the key alertmanager.yaml; without it alerts are not sent',
          ),
      })
      .prefault({})
      .describe('Alertmanager'),
    grafana: z
      .strictObject({
        secret: name
          .default('grafana-admin')
          .describe('An existing Secret in the namespace, with the keys admin-user and admin-password'),
        storage: storage.default('10Gi'),
      })
      .prefault({})
      .describe('Grafana'),
    loki: z
      .strictObject({
        retentionDays: count(1, 3650).default(14).describe('How long logs are kept, in days'),
        storage: storage.default('50Gi'),
      })
      .optional()
      .describe('Loki, and Alloy, which sends it the logs of all pods'),
  })
  .optional()
  .describe('Prometheus with Grafana, and Loki, which Argo CD installs from their Helm charts');

/** The settings of monitoring, with defaults filled in. */
export type MonitoringConfig = NonNullable<z.output<typeof monitoring>>;
