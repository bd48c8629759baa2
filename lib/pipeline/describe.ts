import type { Prerequisite } from '../checks/cluster/prerequisite';
import type { DeclaredPool } from '../checks/intent';
import type { Settings } from '../config/load';
import { type PlatformConfig, platformOf } from '../config/platform';
import type { System } from '../model/system';
import { withSmoke } from '../parts/smoke/smoke';
import type { Links, Registry } from './definition';
import { prerequisitesOf } from './intent';
import { prerequisitesOfPlatform } from './platform-prerequisites';

/** One system, or the platform, in one environment, with its model. */
export interface Described {
  readonly environment: string;
  /** The name of the system, or of the platform. */
  readonly system: string;
  /** Its folder in `dist/`. */
  readonly folder: string;
  /** The model of the system. @default - none: it is the platform */
  readonly model?: System;
  /** The settings of the environment's platform. */
  readonly platform: PlatformConfig;
  /** What its settings presuppose in the cluster. */
  readonly prerequisites: readonly Prerequisite[];
  /** The node pools of the platform. @default - not known */
  readonly pools?: readonly DeclaredPool[] | undefined;
  /** Its checked settings. */
  readonly values: unknown;
  /** The place of a setting in its file. */
  readonly locate: Settings['locate'];
  /** What one of its files takes away from another one, as sentences. */
  readonly notices: readonly string[];
}

/**
 * From checked settings to what a system, or the platform, is.
 *
 * @param links the links of the environment's systems. @default - there are none
 */
export function describe(
  registry: Pick<Registry, 'systems'>,
  { environment, system, values, locate, merged }: Settings,
  links: Readonly<Record<string, Links>> = {},
): Described {
  const common = {
    environment: environment.name,
    system,
    folder: `${environment.name}/${system}`,
    platform: platformOf(environment),
    values,
    locate,
    notices: merged?.notices ?? [],
  };
  const definition = registry.systems[system];
  if (definition === undefined) return { ...common, prerequisites: prerequisitesOfPlatform(values as PlatformConfig) };
  const { smoke } = common.platform.argocd;
  const described = definition.describe(environment, values, links);
  const model = smoke === undefined ? described : withSmoke(described, smoke);
  return { ...common, model, prerequisites: prerequisitesOf(model) };
}
