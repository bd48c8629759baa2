import { siteRoutesOf } from '../edge/site-routes';
import { labelsText } from '../labels';
import { type AlertRule, DAY_SECONDS, logs, type MonitoredSystem } from './alert-rule';
import * as queries from './queries';
import { exposedComponents, isTimed, labelVariants, select } from './requests';

/** Errors in answers: of 100, more than so many. Source: the seed of neuron, "Alerting". */
const MOST_ERRORS = 0.05;

/** cert-manager asks for another certificate long before: a third of its time, which is 15 days of Let's Encrypt's shortest. */
const CERTIFICATE_DAYS = 10;

/** Parts of the error budget of 30 days, at whose speed of use somebody is told. Source: the Site Reliability Workbook, chapter 5. */
const BURNS = [
  { rate: 14.4, long: '1h', short: '5m', severity: 'critical', for: '2m' },
  { rate: 6, long: '6h', short: '30m', severity: 'critical', for: '15m' },
  { rate: 3, long: '1d', short: '2h', severity: 'warning', for: '1h' },
  { rate: 1, long: '3d', short: '6h', severity: 'warning', for: '3h' },
] as const;

/**
 * So many failed requests are no burn yet: at night a single one may be all that was asked.
 * Source: the Site Reliability Workbook, chapter 5, "Low-Traffic Services and Error Budget Alerting".
 */
const FEW_FAILURES = 10;

function percent(part: number): string {
  return `${Number((100 * part).toPrecision(6))} %`;
}

/** Where the components are that are asked. */
function placesOf(system: MonitoredSystem): string[] {
  return [...new Set(siteRoutesOf(system).map(({ namespace }) => namespace))];
}

function errors(system: MonitoredSystem): AlertRule[] {
  return placesOf(system).map((namespace) => ({
    alert: 'ErrorRateHigh',
    expr: `${queries.errors({ namespace })} > ${MOST_ERRORS}`,
    for: '5m',
    severity: 'critical',
    namespace,
    summary: '{{ $labels.component }} answers {{ $value | humanizePercentage }} of its requests with an error.',
    runbook: `What it says: ${logs(namespace, '{{ $labels.component }}')}. Whether it began with a release: kubectl -n ${namespace} rollout history deployment/{{ $labels.component }}; if so, revert the commit and apply.`,
  }));
}

function burns(system: MonitoredSystem): AlertRule[] {
  const { availability } = system.monitoring;
  const budget = (100 - availability) / 100;
  return placesOf(system).flatMap((namespace) =>
    BURNS.map(({ rate, long, short, severity, for: time }): AlertRule => {
      const most = Number((rate * budget).toPrecision(6));
      return {
        alert: 'ErrorBudgetBurn',
        expr: `${queries.errors({ namespace }, long)} > ${most} and ${queries.errors({ namespace }, short)} > ${most} and ${queries.failures({ namespace }, long)} > ${FEW_FAILURES}`,
        for: time,
        severity,
        namespace,
        labels: { window: long },
        summary: `{{ $labels.component }} uses up its errors (${percent(budget)} of requests) ${rate} times as fast as it may: {{ $value | humanizePercentage }} in ${long}.`,
        runbook: `Which requests fail, and since when: the dashboard of ${system.name}, and ${logs(namespace, '{{ $labels.component }}')}. Nothing but mending goes out until it is over.`,
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
          // What takes longer than the last bucket of a histogram is told as that: at the target is over it.
          expr: `max without (quantile) (${queries.duration({ namespace }, '0.95', name)}) >= ${seconds}`,
          for: '10m',
          severity: 'warning',
          namespace,
          component: name,
          summary: `5 of 100 answers of ${name} take {{ $value | humanizeDuration }} or more, and are to take less than ${seconds} s.`,
          runbook: `Is it busy: kubectl -n ${namespace} top pods -l ${labelsText(system.name, name)} and kubectl -n ${namespace} get hpa. Is it what it asks: connections on the dashboard of ${system.name}, and ${logs(namespace, name)}.`,
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
      summary: `The certificate ${name} ends in less than ${CERTIFICATE_DAYS} days, or is not there, or nobody reads cert-manager's metrics.`,
      runbook: `Why there is no other yet: kubectl -n ${namespace} describe certificate ${name}, then kubectl -n ${namespace} get certificaterequests,orders,challenges and kubectl describe clusterissuer ${system.edge.issuer}.`,
    };
  });
}

/** Alerts of what is asked from outside: errors, time, certificates. */
export function requestAlerts(system: MonitoredSystem): AlertRule[] {
  return [...errors(system), ...burns(system), ...slow(system), ...certificates(system)];
}
