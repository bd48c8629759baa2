import { z } from 'zod';
import { deployment, monitoring } from './argocd';
import type { Environment } from './environment';
import { guid, host, name, rule, text } from './fields';

/** What an environment's platform is called: its file, its folder in `dist/`, the label of its objects. */
export const PLATFORM = 'platform';

/** Which hosts a solver answers for. Source: cert-manager.io, ACME, Selecting solvers. */
const hosts = {
  zones: z.array(host).default([]).describe('It answers for hosts in these DNS zones; without zones and hosts for all'),
  hosts: z.array(host).default([]).describe('It answers for these hosts'),
};

const EXAMPLE_ROLE = 'a role such as arn:aws:iam::123456789012:role/cert-manager';
const role = text(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, EXAMPLE_ROLE);
const awsRegion = text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region such as us-east-1');
const gcpProject = text(/^[a-z][-a-z0-9]{4,28}[a-z0-9]$/, 'the id of a project such as example-dns');
const resourceGroup = text(/^[\w().-]{1,89}[\w()-]$/, 'the name of a resource group such as dns');
const key = text(/^[-._A-Za-z0-9]+$/, 'a key of the Secret such as token');

/**
 * How it is shown that a host is ours. HTTP-01 asks the host itself, over the public Internet; DNS-01 asks the public DNS of its
 * zone, so that the host may be one that only some can reach.
 */
const solver = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('ingress'), class: name.describe('The IngressClass of the edge'), ...hosts })
    .describe('HTTP-01 by an Ingress: for hosts of the edges ingress and traefik'),
  z
    .strictObject({ kind: z.literal('gateway'), ...hosts })
    .describe('HTTP-01 by the Gateway that asks for the certificate: for hosts of the edge gateway'),
  z
    .strictObject({
      kind: z.literal('route53'),
      region: awsRegion,
      role: role.optional().describe("Assumed by cert-manager's own; without it its own has to do"),
      hostedZone: text(/^Z[A-Z0-9]{1,31}$/, 'the id of a hosted zone such as Z0123456789ABC')
        .optional()
        .describe('Found by its name when absent'),
      ...hosts,
    })
    .describe("DNS-01 by AWS Route 53, as the IAM role of cert-manager's ServiceAccount"),
  z
    .strictObject({
      kind: z.literal('azure-dns'),
      subscription: guid,
      resourceGroup,
      zone: host.describe('The DNS zone in it'),
      clientId: guid.describe("The managed identity that cert-manager's ServiceAccount stands for"),
      ...hosts,
    })
    .describe('DNS-01 by Azure DNS, with workload identity'),
  z
    .strictObject({
      kind: z.literal('cloud-dns'),
      project: gcpProject,
      managedZone: name.optional().describe('Found by its DNS name when absent'),
      ...hosts,
    })
    .describe("DNS-01 by Google Cloud DNS, with workload identity of cert-manager's ServiceAccount"),
  z
    .strictObject({
      kind: z.literal('cloudflare'),
      tokenSecret: z
        .strictObject({ name, key: key.default('token') })
        .describe("The Secret in cert-manager's namespace that has the API token: made by hand"),
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
        'Who hears of what goes wrong',
      ),
      server: z
        .enum(['production', 'staging'])
        .describe("Let's Encrypt's: production, which browsers trust and whose limits are narrow, or staging, to try"),
      solvers: z.array(solver, { error: SOLVERS }).min(1, SOLVERS),
    })
    .describe("Let's Encrypt"),
  z
    .strictObject({ kind: z.literal('self-signed') })
    .describe('An authority of its own, in which only those believe who are told to'),
]);

/**
 * What an operator edits of a cluster: `environments/<environment>/platform.yaml`, what the cluster needs once, whatever systems
 * it has.
 */
export function platformSchema(environment: Environment) {
  return z
    .strictObject({
      issuers: z
        .record(name, issuer, { error: ISSUERS })
        .default({})
        .describe("cert-manager's ClusterIssuers, by their names"),
      certManager: z
        .strictObject({ namespace: name.default('cert-manager') })
        .prefault({})
        .describe('Where it runs, and keeps what belongs to ClusterIssuers; the cluster has it already'),
      priorityClasses: z
        .boolean()
        .default(false)
        .describe(
          'Make the PriorityClasses berth-data, berth-serving and berth-background, which the pods of all systems then have',
        ),
      argocd: deployment(environment),
      monitoring,
    })
    .refine(
      ...rule<{ issuers?: unknown }>(
        'issuers',
        'names of which none is another one with -root at its end, which that one takes for itself',
        ({ issuers }) => {
          const names = Object.keys(issuers instanceof Object ? issuers : {});
          return names.every((one) => !names.includes(`${one}-root`));
        },
      ),
    );
}

/** The settings of an environment's platform, with defaults filled in. */
export type PlatformConfig = z.output<ReturnType<typeof platformSchema>>;

/** An environment, and what its cluster has by its platform. */
export interface ClusterEnvironment extends Environment {
  /** @default - it has no platform.yaml */
  readonly platform?: PlatformConfig;
}

/** The platform of an environment, which has its defaults where there is no platform.yaml. */
export function platformOf(environment: ClusterEnvironment): PlatformConfig {
  return environment.platform ?? platformSchema(environment).parse({});
}
