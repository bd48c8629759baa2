import { App, Testing } from 'cdk8s';
import { registry } from '../charts';
import type { EphitupConfig } from '../charts/ephitup/settings';
import type { PliersConfig } from '../charts/pliers/settings';
import { dataOf } from '../charts/salient/data';
import { poolerOf } from '../charts/salient/data/pooling';
import type { SalientConfig } from '../charts/salient/settings';
import { applicationOf } from '../charts/salient/workloads';
import { environment } from '../lib/config/environment';
import { loadEnvironments } from '../lib/config/load';
import { SystemChart } from '../lib/constructs/system-chart';
import type { ManifestObject } from '../lib/manifests/object';
import type { System } from '../lib/model/system';
import type { RoutedBackend } from '../lib/parts/routed-backend';
import { type Any, PROJECT } from './support';

const loaded = new Map<string, ReturnType<typeof loadEnvironments>>();

/** The settings of a system in an environment; the files are read once. */
function settingsOf(name: string, system: string): unknown {
  const settings = loaded.get(name) ?? loadEnvironments(PROJECT, [name], registry.in(PROJECT).schemas);
  loaded.set(name, settings);
  return structuredClone(settings.find((one) => one.system === system)?.values);
}

/** The settings of Salient in an environment. */
export function salientSettings(name: string): SalientConfig {
  return settingsOf(name, 'salient') as SalientConfig;
}

/** The model of Salient in an environment without a platform, optionally with changed settings. */
export function salientSystem(name: string, changed: Partial<SalientConfig> = {}): System {
  return (registry.systems.salient as Any).describe(environment(name), { ...salientSettings(name), ...changed });
}

/** The function that makes components of Salient's backend in an environment. */
export function salientRouters(name: string): RoutedBackend {
  const [env, settings] = [environment(name), salientSettings(name)];
  const data = dataOf(env, settings);
  return applicationOf(env, settings, data, poolerOf(data)).routed;
}

/** The settings of Pliers in an environment. */
export function pliersSettings(name: string): PliersConfig {
  return settingsOf(name, 'pliers') as PliersConfig;
}

/** The model of Pliers in an environment without a platform, optionally with changed settings. */
export function pliersSystem(name: string, changed: Partial<PliersConfig> = {}): System {
  return (registry.systems.pliers as Any).describe(environment(name), { ...pliersSettings(name), ...changed });
}

/** The settings of Ephitup in an environment. */
export function ephitupSettings(name: string): EphitupConfig {
  return settingsOf(name, 'ephitup') as EphitupConfig;
}

/** The model of Ephitup in an environment without a platform, optionally with changed settings. */
export function ephitupSystem(name: string, changed: Partial<EphitupConfig> = {}): System {
  return (registry.systems.ephitup as Any).describe(environment(name), { ...ephitupSettings(name), ...changed });
}

/** The objects of a system. */
export function objectsOf(system: System): ManifestObject[] {
  return Testing.synth(new SystemChart(new App(), system.name, system));
}
