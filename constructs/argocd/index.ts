export { type Automated, automated, type Deployed, type Deployment, type Window } from './deployed';
export { HealthChecks } from './health';
export { HelmApplication } from './helm';
export { Project } from './project';
export { FLEET, OWN_CLUSTER, Root, type Source, Systems } from './root';
