/**
 * Kinds in the order of application: referenced kinds first, NetworkPolicies before pods, the edge last. New kinds that charts make
 * are added here; the numbers leave gaps for them.
 */
const ORDER: Readonly<Record<string, number>> = {
  Namespace: 0,
  LimitRange: 2,
  ResourceQuota: 3,
  PriorityClass: 5,
  ServiceAccount: 10,
  ConfigMap: 20,
  Secret: 21,
  SecretStore: 25,
  ExternalSecret: 26,
  NetworkPolicy: 30,
  PersistentVolumeClaim: 40,
  Service: 45,
  ObjectStore: 50,
  Cluster: 51,
  DatabaseRole: 52,
  Database: 53,
  ScheduledBackup: 54,
  RabbitmqCluster: 55,
  StatefulSet: 60,
  Job: 62,
  CronJob: 63,
  Deployment: 65,
  HorizontalPodAutoscaler: 70,
  TriggerAuthentication: 71,
  ScaledObject: 72,
  PodDisruptionBudget: 75,
  PodMonitor: 80,
  ClusterIssuer: 81,
  PrometheusRule: 81,
  Certificate: 82,
  Middleware: 84,
  Gateway: 85,
  ClientTrafficPolicy: 86,
  BackendTrafficPolicy: 87,
  SecurityPolicy: 88,
  Ingress: 90,
  IngressRoute: 91,
  HTTPRoute: 92,
  AppProject: 94,
  ApplicationSet: 95,
  Application: 96,
};

/** All kinds that charts may make. */
export const KINDS: readonly string[] = Object.keys(ORDER);

/**
 * The two digits with which the name of a file of a kind begins.
 *
 * @throws Error for a kind that is not listed
 */
export function orderOf(kind: string): string {
  const number = ORDER[kind];
  if (number === undefined)
    throw new Error(`kind ${kind} has no place in the order of application; give it one in lib/output/order.ts`);
  return String(number).padStart(2, '0');
}
