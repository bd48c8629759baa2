import { BURN_RATES } from '../../model/requirements';
import { siteRoutesOf } from '../edge/site-routes';
import { labelsText } from '../labels';
import { type AlertRule, DAY_SECONDS, logs, type MonitoredSystem } from './alert-rule';
import * as queries from './request-queries';
import { exposedComponents, isTimed, labelVariants, select } from './requests';

/** The part of requests that may fail. Source: the seed of neuron, "Alerting". */
const MOST_ERRORS = 0.05;

/** cert-manager renews when a third of the lifetime is left: at least 15 days for certificates of Let's Encrypt. */
const CERTIFICATE_DAYS = 10;

/**
 * The number of failed requests that fires no alert on the error budget: with little traffic, a single one may be a large part.
 * Source: the Site Reliability Workbook, chapter 5, "Low-Traffic Services and Error Budget Alerting".
 */
const FEW_FAILURES = 10;

function percent(part: number): string {
  return `${Number((100 * part).toPrecision(6))} %`;
}

/** The namespaces of exposed components. */
function namespacesOf(system: MonitoredSystem): string[] {
  return [...new Set(siteRoutesOf(system).map(({ namespace }) => namespace))];
}

function errors(system: MonitoredSystem): AlertRule[] {
  return namespacesOf(system).map((namespace) => ({
    alert: 'ErrorRateHigh',
    expr: `${queries.errors({ namespace })} > ${MOST_ERRORS}`,
    for: '5m',
    severity: 'critical',
    namespace,
    summary: '{{ $labels.component }} answers {{ $value | humanizePercentage }} of its requests with an error.',
    runbook: `Check the logs: ${logs(namespace, '{{ $labels.component }}')}. Check whether it began with a release: kubectl -n ${namespace} rollout history deployment/{{ $labels.component }}; if so, revert the commit and apply.`,
  }));
}

function burns(system: MonitoredSystem): AlertRule[] {
  const { availability } = system.monitoring;
  const budget = (100 - availability) / 100;
  return namespacesOf(system).flatMap((namespace) =>
    BURN_RATES.map(({ rate, long, short, severity, for: time }): AlertRule => {
      const most = Number((rate * budget).toPrecision(6));
      return {
        alert: 'ErrorBudgetBurn',
        expr: `${queries.errors({ namespace }, long)} > ${most} and ${queries.errors({ namespace }, short)} > ${most} and ${queries.failures({ namespace }, long)} > ${FEW_FAILURES}`,
        for: time,
        severity,
        namespace,
        labels: { window: long },
        summary: `{{ $labels.component }} uses its error budget (${percent(budget)} of requests) at more than ${rate} times the allowed rate: {{ $value | humanizePercentage }} of requests failed in ${long}.`,
        runbook: `Check which requests fail, and since when: the dashboard of ${system.name}, and ${logs(namespace, '{{ $labels.component }}')}. Release nothing but fixes until it is over.`,
      };
    }),
  );
}

function slow(system: MonitoredSystem): AlertRule[] {
  return exposedComponents(system)
    .filter(({ sources }) => sources.some(isTimed))
    .flatMap(({ component: { namespace, name, p95 } }): AlertRule[] => {
      if (p95 === undefined) return [];
      const seconds = p95.toMilliseconds() / 1000;
      return [
        {
          alert: 'LatencyHigh',
          // `>=`, since a quantile beyond the last bucket of a histogram is reported as the bound of that bucket.
          expr: `max without (quantile) (${queries.duration({ namespace }, '0.95', name)}) >= ${seconds}`,
          for: '10m',
          severity: 'warning',
          namespace,
          component: name,
          summary: `The 95th percentile of response times of ${name} is {{ $value | humanizeDuration }}; the target is less than ${seconds} s.`,
          runbook: `Check the load: kubectl -n ${namespace} top pods -l ${labelsText(system.name, name)} and kubectl -n ${namespace} get hpa. Check its dependencies: database connections on the dashboard of ${system.name}, and ${logs(namespace, name)}.`,
        },
      ];
    });
}

function certificates(system: MonitoredSystem): AlertRule[] {
  if (system.edge.issuer === undefined) return [];
  const hosts = siteRoutesOf(system).filter(({ first }) => first);
  return hosts.map(({ namespace, site: { certificate: name } }): AlertRule => {
    const series = labelVariants({ namespace })
      .map((labels) => select('certmanager_certificate_expiration_timestamp_seconds', { name }, labels))
      .join(' or ');
    return {
      alert: 'CertificateExpiring',
      expr: `(max(${series}) or vector(0)) - time() < ${CERTIFICATE_DAYS * DAY_SECONDS}`,
      for: '1h',
      severity: 'critical',
      namespace,
      labels: { certificate: name },
      summary: `The certificate ${name} expires in less than ${CERTIFICATE_DAYS} days, or does not exist, or Prometheus does not scrape cert-manager.`,
      runbook: `Check why it was not renewed: kubectl -n ${namespace} describe certificate ${name}, then kubectl -n ${namespace} get certificaterequests,orders,challenges and kubectl describe clusterissuer ${system.edge.issuer}.`,
    };
  });
}

/** The alerts of exposed components: errors, latency and certificates. */
export function requestAlerts(system: MonitoredSystem): AlertRule[] {
  return [...errors(system), ...burns(system), ...slow(system), ...certificates(system)];
}
