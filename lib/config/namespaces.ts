import { z } from 'zod';
import { quantityOf } from '../base/quantity';
import { count, name, rule, storage } from './fields';

const CORES = 'CPU in cores or thousandths, such as 20 or 500m';
const cores = z
  .union([z.string(), z.number()], { error: CORES })
  .transform(String)
  .refine((given) => /^(\d+m|\d+(\.\d{1,3})?)$/.test(given), CORES)
  .meta({ patternErrorMessage: CORES });
const pieces = count(0, 1_000_000).transform(String);

const quota = z
  .strictObject({
    'requests.cpu': cores.optional().describe('The CPU that all pods together may request'),
    'requests.memory': storage.optional().describe('The memory that all pods together may request'),
    'limits.cpu': cores.optional().describe('The sum of the CPU limits of all pods'),
    'limits.memory': storage.optional().describe('The sum of the memory limits of all pods'),
    'requests.nvidia.com/gpu': pieces.optional().describe('The GPUs of all pods'),
    pods: pieces.optional().describe('Pods that have not ended'),
    'requests.storage': storage.optional().describe('The size of all volume claims together'),
    persistentvolumeclaims: pieces.optional().describe('Volume claims'),
    services: pieces.optional().describe('Services'),
    'services.loadbalancers': pieces.optional().describe('Services of the type LoadBalancer'),
    secrets: pieces.optional().describe('Secrets'),
    configmaps: pieces.optional().describe('ConfigMaps, with kube-root-ca.crt, which each namespace has'),
    'count/deployments.apps': pieces.optional().describe('Deployments'),
    'count/statefulsets.apps': pieces.optional().describe('StatefulSets'),
    'count/jobs.batch': pieces.optional().describe('Jobs, with those that CronJobs make'),
    'count/cronjobs.batch': pieces.optional().describe('CronJobs'),
  })
  .describe('A ResourceQuota: the most of all objects together. None when absent');

const amounts = (what: string) =>
  z
    .strictObject({
      cpu: cores.optional().describe('Its CPU'),
      memory: storage.optional().describe('Its memory'),
    })
    .optional()
    .describe(what);

const ratio = z.number({ error: 'a number from 1' }).min(1, 'a number from 1').transform(String);

type Amounts = Readonly<Record<string, unknown>> | undefined;
type Limits = Readonly<Partial<Record<'min' | 'defaultRequest' | 'default' | 'max', Amounts>>>;

/** Whether amounts rise in this order, as far as they are stated. Source: kubernetes.io, Limit Ranges. */
const rises = ({ min, defaultRequest, default: usual, max }: Limits): boolean =>
  ['cpu', 'memory'].every((resource) => {
    const stated = [min, defaultRequest, usual, max].flatMap((one) => quantityOf(String(one?.[resource])) ?? []);
    return stated.every((amount, index) => index === 0 || amount >= (stated[index - 1] as number));
  });

const limits = z
  .strictObject({
    min: amounts('The least request and limit of a container'),
    max: amounts('The most request and limit of a container; also the limit of one that states none'),
    default: amounts('The limit of a container that states none'),
    defaultRequest: amounts('The request of a container that states neither request nor limit'),
    maxLimitRequestRatio: z
      .strictObject({
        cpu: ratio.optional().describe('For CPU'),
        memory: ratio.optional().describe('For memory'),
      })
      .optional()
      .describe('How many times the request the limit of a container may be'),
  })
  .refine(...rule<Limits>('min', 'amounts that rise from min, defaultRequest and default to max', rises))
  .describe('A LimitRange: what each container may ask for. None when absent');

/** Quotas and limits of the systems' namespaces. */
export const namespaces = z
  .record(
    name,
    z.strictObject({ quota: quota.optional(), limits: limits.optional() }).describe('The bounds of one namespace'),
  )
  .default({})
  .describe('Bounds of namespaces of the systems, by name: a ResourceQuota, and a LimitRange of containers');
