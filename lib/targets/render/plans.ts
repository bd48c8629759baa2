import { bytesOf, quantityOf } from '../../base/quantity';
import type { Resources } from '../../model/container';

/** What an instance of a plan has. */
export interface Plan {
  readonly cpu: number;
  /** In MB, which Render counts as MiB. */
  readonly memory: number;
}

/** The plans of services, the smallest first, by their usual names and their ids. Source: render.com/docs, Blueprint YAML Reference, plan. */
export const PLANS: Readonly<Record<string, Plan>> = {
  free: { cpu: 0.1, memory: 512 },
  starter: { cpu: 0.5, memory: 512 },
  '0.5c-512mb': { cpu: 0.5, memory: 512 },
  standard: { cpu: 1, memory: 2048 },
  '1c-2g': { cpu: 1, memory: 2048 },
  pro: { cpu: 2, memory: 4096 },
  '2c-4g': { cpu: 2, memory: 4096 },
  'pro plus': { cpu: 4, memory: 8192 },
  'pro max': { cpu: 4, memory: 16384 },
  'pro ultra': { cpu: 8, memory: 32768 },
};

/**
 * The plans of databases. The names of older plans (starter, standard, pro, pro plus) are for databases that exist already.
 * Source: render.com/docs, Flexible plans for Render Postgres.
 */
export const DATABASE_PLAN = /^(free|basic-(256mb|1gb|4gb)|(pro|accelerated)-\d+gb|\d+(\.\d+)?c-\d+(mb|gb?))$/;

function fits({ cpu, memory }: Plan, resources: Resources, kind: 'request' | 'limit'): boolean {
  const { [kind]: cores } = resources.cpu;
  return cpu >= (quantityOf(cores) as number) && memory >= bytesOf(resources.memory[kind]) / 2 ** 20;
}

/** The smallest paid plan with the limits of a container. @returns undefined where none is large enough */
export function smallestPlan(resources: Resources): string | undefined {
  return Object.entries(PLANS).find(([name, plan]) => name !== 'free' && fits(plan, resources, 'limit'))?.[0];
}

/** Whether a plan has at least what a container requests. */
export function hasRequests(plan: string, resources: Resources): boolean {
  const known = PLANS[plan];
  return known !== undefined && fits(known, resources, 'request');
}

/** `0.5 CPU and 512 MB` */
export function planText(plan: string): string {
  const { cpu, memory } = PLANS[plan] as Plan;
  return `${cpu} CPU and ${memory} MB`;
}
