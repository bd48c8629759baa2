import { z } from 'zod';
import { KUBE_DNS } from '../base/kube-dns';
import { deployment, monitoring } from './argocd';
import { labels } from './edge';
import type { Environment } from './environment';
import { guid, host, name, port, rule, text } from './fields';
import { namespaces } from './namespaces';
import { nodes } from './nodes';

/** The name of an environment's platform: of its file, its folder in `dist/` and the label of its objects. */
export const PLATFORM = 'platform';

/** The hosts that a solver is used for. Source: cert-manager.io, ACME, Selecting solvers. */
const hosts = {
  zones: z
    .array(host)
    .default([])
    .describe('The DNS zones whose hosts it is used for; without zones and hosts: all hosts'),
  hosts: z.array(host).default([]).describe('The hosts it is used for'),
};

const EXAMPLE_ROLE = 'a role such as arn:aws:iam::123456789012:role/cert-manager';
const role = text(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, EXAMPLE_ROLE);
const awsRegion = text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region such as us-east-1');
const gcpProject = text(/^[a-z][-a-z0-9]{4,28}[a-z0-9]$/, 'the id of a project such as example-dns');
const resourceGroup = text(/^[\w().-]{1,89}[\w()-]$/, 'the name of a resource group such as dns');
const key = text(/^[-._A-Za-z0-9]+$/, 'a key of the Secret such as token');

/**
 * How cert-manager proves control of a host. HTTP-01 needs the host to be reachable from the Internet; DNS-01 needs only the public
 * DNS of its zone.
 */
const solver = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('ingress'), class: name.describe('The IngressClass of the edge'), ...hosts })
    .describe('HTTP-01 by an Ingress: for the edges ingress and traefik'),
  z
    .strictObject({ kind: z.literal('gateway'), ...hosts })
    .describe('HTTP-01 by the Gateway that requests the certificate: for the edge gateway'),
  z
    .strictObject({
      kind: z.literal('route53'),
      region: awsRegion.describe('The region of the API'),
      role: role
        .optional()
        .describe("The role that cert-manager's role assumes; without it cert-manager's role is used itself"),
      hostedZone: text(/^Z[A-Z0-9]{1,31}$/, 'the id of a hosted zone such as Z0123456789ABC')
        .optional()
        .describe('Found by its name if absent'),
      ...hosts,
    })
    .describe("DNS-01 by AWS Route 53, as the IAM role of cert-manager's ServiceAccount"),
  z
    .strictObject({
      kind: z.literal('azure-dns'),
      subscription: guid.describe('The subscription of the zone'),
      resourceGroup: resourceGroup.describe('The resource group of the zone'),
      zone: host.describe('The DNS zone in it'),
      clientId: guid.describe("The managed identity of cert-manager's ServiceAccount"),
      ...hosts,
    })
    .describe('DNS-01 by Azure DNS, with workload identity'),
  z
    .strictObject({
      kind: z.literal('cloud-dns'),
      project: gcpProject.describe('The project of the zone'),
      managedZone: name.optional().describe('Found by its DNS name if absent'),
      ...hosts,
    })
    .describe("DNS-01 by Google Cloud DNS, with workload identity of cert-manager's ServiceAccount"),
  z
    .strictObject({
      kind: z.literal('cloudflare'),
      tokenSecret: z
        .strictObject({ name: name.describe('Its name'), key: key.default('token').describe('Its key with the token') })
        .describe("The Secret with the API token, in cert-manager's namespace; created by hand"),
      ...hosts,
    })
    .describe('DNS-01 by Cloudflare'),
]);

const ISSUERS = 'issuers by their names, which are of lower-case letters, digits and dashes';
const SOLVERS = 'a list of solvers, at least one';

const issuer = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('acme'),
      email: text(/^[^\s@"<>]+@[^\s@"<>]+\.[^\s@"<>]+$/, 'an address such as ops@example.com').describe(
        'The contact for problems with certificates',
      ),
      server: z
        .enum(['production', 'staging'])
        .describe(
          "Let's Encrypt's production, which browsers trust and which has strict rate limits, or staging, for tests",
        ),
      solvers: z.array(solver, { error: SOLVERS }).min(1, SOLVERS).describe('How it proves control of hosts'),
    })
    .describe("Let's Encrypt"),
  z
    .strictObject({ kind: z.literal('self-signed') })
    .describe('A private certificate authority, which clients have to be configured to trust'),
]);

const dns = z
  .strictObject({
    namespace: name.default(KUBE_DNS.namespace).describe('Their namespace; in OpenShift openshift-dns'),
    labels: labels
      .refine((given) => Object.keys(given).length > 0, 'at least one label')
      .default(KUBE_DNS.labels)
      .describe('Their labels; in OpenShift dns.operator.openshift.io/daemonset-dns: default'),
    port: port
      .default(KUBE_DNS.port)
      .describe('The port that they listen at, which policies count, and not that of their Service; in OpenShift 5353'),
  })
  .prefault({})
  .refine(
    ...rule<{ namespace?: unknown; labels?: unknown }>(
      'labels',
      'the labels of the DNS pods in that namespace, and their port',
      ({ namespace, labels: given }) =>
        namespace === KUBE_DNS.namespace || JSON.stringify(given) !== JSON.stringify(KUBE_DNS.labels),
    ),
  )
  .describe("The cluster's DNS pods, to which the policies of all systems allow connections");

/**
 * The schema of `environments/<environment>/platform.yaml`: what a cluster needs once for all its systems.
 */
export function platformSchema(environment: Environment) {
  return z
    .strictObject({
      issuers: z
        .record(name, issuer, { error: ISSUERS })
        .default({})
        .describe("cert-manager's ClusterIssuers, by name"),
      certManager: z
        .strictObject({ namespace: name.default('cert-manager').describe('Its name') })
        .prefault({})
        .describe('The namespace of cert-manager and of the Secrets of ClusterIssuers; it exists already'),
      dns,
      priorityClasses: z
        .boolean()
        .default(false)
        .describe(
          'Create the PriorityClasses berth-data, berth-serving and berth-background, and use them for the pods of all systems',
        ),
      keda: z
        .strictObject({
          namespace: name.default('keda').describe('Their namespace'),
          labels: labels.default({ app: 'keda-operator' }),
        })
        .prefault({})
        .describe("The pods of KEDA's operator, which asks queues for their length where services scale by them"),
      argocd: deployment(environment),
      monitoring,
      nodes,
      namespaces,
    })
    .refine(
      ...rule<{ issuers?: unknown }>(
        'issuers',
        'names of which none is another name plus -root, which is reserved for the CA of that issuer',
        ({ issuers }) => {
          const names = Object.keys(issuers instanceof Object ? issuers : {});
          return names.every((one) => !names.includes(`${one}-root`));
        },
      ),
    );
}

/** The settings of an environment's platform, with defaults filled in. */
export type PlatformConfig = z.output<ReturnType<typeof platformSchema>>;

/** An environment with the settings of its cluster's platform. */
export interface ClusterEnvironment extends Environment {
  /** @default - none: there is no platform.yaml */
  readonly platform?: PlatformConfig;
}

/** The platform of an environment. It has its defaults if there is no platform.yaml. */
export function platformOf(environment: ClusterEnvironment): PlatformConfig {
  return environment.platform ?? platformSchema(environment).parse({});
}
