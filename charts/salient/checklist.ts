import type { Checklist } from '../../lib/model/about';

/** Source: the seed, "Implementation Requirements", "Verify Deployment", "Executive Summary" and "Migration Path". */
export const checklist: Checklist = {
  'Implementation requirements': {
    'Docker images for each service': 'images',
    'Manifests: Deployments, Services, Ingress, HPA': 'manifests',
    'External Secrets Operator for credentials': 'secretsFromStore',
    'Monitoring and observability': 'monitoring',
    'A team that knows Kubernetes': 'open',
  },
  'What Kubernetes is chosen for': {
    'Autoscaling in bursts': 'autoscaling',
    'Several replicas behind the edge': 'replicas',
    'Rolling updates without downtime': 'rollouts',
    'CPU and memory limits of each workload': 'limits',
    'Tenants are separated': 'tenantIsolation',
    'The admin API is not public': 'limitedHosts',
  },
  'Verify the deployment': {
    'Pods run': 'smoke',
    'The autoscaler has numbers': 'smoke',
    'Logs have no errors': 'errorLogs',
    'The edge has the hosts': 'smoke',
  },
  'Migration from Render': {
    'Containerize applications': 'images',
    'Set up the cluster': 'cluster',
    'Deploy PostgreSQL': 'databaseFirst',
    'Deploy applications': 'apply',
    'Configure DNS': 'dns',
    'Smoke tests': 'smoke',
    'Load tests': 'load',
    'Cutover, and the way back': 'cutover',
  },
};
