import type { Component } from '../../model/component';
import type { Container } from '../../model/container';
import type { Service } from './blueprint';
import type { RenderProblem, ServiceOptions } from './options';
import { hasRequests, PLANS, planText, smallestPlan } from './plans';

/** How many instances there are. */
export function scaleOf({ scale, name }: Component): {
  fields: Pick<Service, 'numInstances' | 'scaling'>;
  problems: RenderProblem[];
} {
  const { replicas = 1, min = 1, max, cpu, memory, queue } = scale;
  if (max === undefined) return { fields: { numInstances: replicas }, problems: [] };
  if (queue !== undefined || (cpu === undefined && memory === undefined))
    return {
      fields: {},
      problems: [
        {
          path: ['services', name],
          message: `given ${name}, which ${queue === undefined ? 'nothing' : `the queue ${queue.name}`} scales; expected CPU or memory, by which alone Render scales`,
        },
      ],
    };
  return {
    fields: {
      scaling: {
        minInstances: min,
        maxInstances: max,
        ...(cpu !== undefined && { targetCPUPercent: cpu }),
        ...(memory !== undefined && { targetMemoryPercent: memory }),
      },
    },
    problems: [],
  };
}

/** The plan: at least what the container requests, and by default its limits. */
export function planOf(
  name: string,
  { resources }: Container,
  one: ServiceOptions,
): { plan: Service['plan']; problems: RenderProblem[] } {
  const plan = one.plan ?? smallestPlan(resources);
  const { cpu, memory } = resources;
  const path = ['services', name, ...(one.plan === undefined ? [] : ['plan'])];
  const problems: RenderProblem[] =
    plan === undefined
      ? [
          {
            path,
            message: `given limits of ${cpu.limit} CPU and ${memory.limit}, expected at most those of the plan pro ultra: ${planText('pro ultra')}`,
          },
        ]
      : one.plan !== undefined && plan in PLANS && !hasRequests(plan, resources)
        ? [
            {
              path,
              message: `given ${plan} (${planText(plan)}), expected a plan with at least what ${name} requests: ${cpu.request} CPU and ${memory.request}`,
            },
          ]
        : [];
  return { plan: plan as Service['plan'], problems };
}
