import { groupBy } from '../base/group';
import { listOf } from '../checks/cluster/pods';
import type { Change } from '../manifests/change';
import type { ManifestObject } from '../manifests/object';
import type { Mark } from './mark';

/** The number of alerts of a PrometheusRule, by names such as `ServiceDown (api)`. Source: prometheus-operator.dev, PrometheusRule. */
function alertsIn(object: ManifestObject | undefined): Map<string, number> {
  if (object?.kind !== 'PrometheusRule') return new Map();
  const names = listOf(object.spec?.groups)
    .flatMap(({ rules }) => listOf(rules))
    .flatMap(({ alert, labels }) => {
      const component = labels?.component === undefined ? '' : ` (${labels.component})`;
      return alert === undefined ? [] : [`${alert}${component}`];
    });
  return new Map([...groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]));
}

/** Alerts that a change removes. */
export function alertRemovedMarks({ before, after }: Change): Mark[] {
  const now = alertsIn(after);
  const gone = [...alertsIn(before)].flatMap(([name, count]) => {
    const left = now.get(name) ?? 0;
    return left < count ? [left === 0 ? name : `${name}, ${count - left} of ${count}`] : [];
  });
  return gone.length > 0 ? [{ risk: 'alertRemoved', message: `removes the alerts ${gone.join('; ')}` }] : [];
}
