import { asStatefulSet } from '../../lib/checks/cluster/rabbitmq';
import { type ManifestObject, objectName } from '../../lib/manifests/object';
import { type CheckRow, failed, notAsked, passed } from '../shared/check-row';
import { stateOf } from '../shared/progress';
import { condition, type Live, type View } from '../shared/view';

/** The API path of the list of each kind that is checked. */
const LISTS = {
  Deployment: ['apis/apps/v1', 'deployments'],
  StatefulSet: ['apis/apps/v1', 'statefulsets'],
  Cluster: ['apis/postgresql.cnpg.io/v1', 'clusters'],
  Backup: ['apis/postgresql.cnpg.io/v1', 'backups'],
  ScheduledBackup: ['apis/postgresql.cnpg.io/v1', 'scheduledbackups'],
  HorizontalPodAutoscaler: ['apis/autoscaling/v2', 'horizontalpodautoscalers'],
  ScaledObject: ['apis/keda.sh/v1alpha1', 'scaledobjects'],
  Job: ['apis/batch/v1', 'jobs'],
  CronJob: ['apis/batch/v1', 'cronjobs'],
  Pod: ['api/v1', 'pods'],
} as const;

/** The objects of a kind in a namespace, or the row of a check where they cannot be read: it failed, unless it is not permitted. */
export async function listOf(
  view: View,
  kind: keyof typeof LISTS,
  namespace = 'default',
): Promise<Live[] | ((what: string) => CheckRow)> {
  const [group, resource] = LISTS[kind];
  const answer = await view.list(`/${group}/namespaces/${namespace}/${resource}`);
  if (answer.kind === 'found') return answer.value.map((live) => ({ ...live, kind }));
  // A cluster without the kind has no object of it.
  if (answer.kind === 'absent') return [];
  const { why } = answer;
  return (what) => (answer.kind === 'denied' ? notAsked : failed)(what, why);
}

/** Judges the object of the cluster that has the name of a wanted one. */
export async function judgeLive(
  view: View,
  wanted: ManifestObject,
  judge: (live: Live, what: string) => CheckRow | Promise<CheckRow>,
): Promise<CheckRow> {
  const { kind, metadata } = wanted;
  const what = objectName(wanted);
  const all = await listOf(view, kind as keyof typeof LISTS, metadata.namespace);
  if (!Array.isArray(all)) return all(what);
  const live = all.find((one) => one.metadata.name === metadata.name);
  return live === undefined ? failed(what, 'the cluster does not have it') : judge(live, what);
}

/** The images of a pod template that differ, as a sentence. */
function otherImages(live: Live, wanted: Live): string | undefined {
  const images = ({ spec }: Live) =>
    new Map<string, string>(
      [...(spec.template.spec.initContainers ?? []), ...spec.template.spec.containers].map(({ name, image }) => [
        name,
        image,
      ]),
    );
  const deployed = images(live);
  const other = [...images(wanted)].find(([name, image]) => deployed.get(name) !== image);
  return other && `its container ${other[0]} has ${deployed.get(other[0]) ?? 'no image'}, expected ${other[1]}`;
}

/** Whether all replicas of the newest revision are ready, and the revision is the described one. */
async function workload(view: View, wanted: ManifestObject): Promise<CheckRow> {
  return judgeLive(view, wanted, async (live, what) => {
    const pods = await listOf(view, 'Pod', wanted.metadata.namespace);
    const state = stateOf(live, Array.isArray(pods) ? pods : []);
    if (state?.done !== true) return failed(what, state?.text ?? 'is no workload');
    const other = otherImages(live, wanted);
    return other === undefined ? passed(what, `${live.spec.replicas ?? 1} ready`) : failed(what, other);
  });
}

/** Source: cloudnative-pg.io, API Reference, ClusterStatus. */
function cluster({ spec, status = {} }: Live, what: string, wanted: ManifestObject): CheckRow {
  const ready = status.readyInstances ?? 0;
  const text = `${ready} of ${spec.instances} ready`;
  if (ready < spec.instances) return failed(what, `${text}: ${status.phase ?? 'no phase'}`);
  const { imageName } = wanted.spec;
  if (imageName !== undefined && spec.imageName !== imageName)
    return failed(what, `it has ${spec.imageName ?? 'no image'}, expected ${imageName}`);
  return passed(what, text);
}

/** Whether an autoscaler can scale. Source: kubernetes.io, Horizontal Pod Autoscaler, status conditions. */
function autoscaler(live: Live, what: string): CheckRow {
  const lacking = ['AbleToScale', 'ScalingActive'].map((type) => condition(live, type)).find(({ holds }) => !holds);
  const { minReplicas = 1, maxReplicas } = live.spec;
  if (lacking !== undefined) return failed(what, lacking.message);
  return passed(what, `${live.status.currentReplicas ?? 0} of ${minReplicas} to ${maxReplicas}`);
}

/** Whether KEDA can scale by the triggers. Source: keda.sh, ScaledObject specification. */
function scaledObject(live: Live, what: string): CheckRow {
  const { holds, message } = condition(live, 'Ready');
  const { minReplicaCount = 0, maxReplicaCount } = live.spec;
  return holds ? passed(what, `from ${minReplicaCount} to ${maxReplicaCount}`) : failed(what, message);
}

/** Workloads and their autoscalers. */
export function workloadChecks(view: View, objects: readonly ManifestObject[]): Promise<CheckRow[]> {
  const rows = objects.flatMap((object): (CheckRow | Promise<CheckRow>)[] => {
    switch (object.kind) {
      case 'Deployment':
      case 'StatefulSet':
      case 'RabbitmqCluster':
        return [workload(view, asStatefulSet(object))];
      case 'Cluster':
        return [judgeLive(view, object, (live, what) => cluster(live, what, object))];
      case 'HorizontalPodAutoscaler':
        return [judgeLive(view, object, autoscaler)];
      case 'ScaledObject':
        return [judgeLive(view, object, scaledObject)];
      default:
        return [];
    }
  });
  return Promise.all(rows);
}
