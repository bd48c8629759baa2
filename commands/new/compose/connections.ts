import { type Planned, shareNetwork } from './plan';
import { partsIn } from './references';
import type { Context, Values } from './values';

type Setting = Readonly<Record<string, unknown>>;

/** A service of the compose file, and what it becomes in the application. */
export interface Made {
  readonly one: Planned;
  readonly settings: Setting;
  readonly values: Values;
}

/** The connections of a service that no variable makes. */
function connectionsOf(context: Context, { one, values }: Made, isHere: (other: Planned) => boolean): unknown[] {
  const { plan, ports, parts, notes } = context;
  const needed = Object.keys(one.given.depends_on ?? {});
  const keys = [...new Set([...values.named, ...needed])].filter(
    (key) => !values.connected.has(key) && key !== one.key,
  );
  return keys.flatMap((key): unknown[] => {
    const target = plan.services.find((other) => other.key === key);
    const at = needed.includes(key) ? [...one.path, 'depends_on', key] : one.path;
    if (target === undefined || target.role === 'job' || !shareNetwork(one, target)) return [];
    const part = parts.get(key);
    if (part !== undefined)
      return [part.database === undefined || !part.from.includes('.') ? part.kind : { database: part.database.name }];
    const what = `connection of ${one.name} to ${target.name}`;
    if (target.role === 'nothing') notes.add(at, what, `${target.name} is left out`);
    else if ((ports.get(key) ?? []).length === 0)
      notes.add(
        at,
        what,
        `${target.name} has no port: if it listens, say services.${target.name}.port, and connectsTo: [${target.name}] of ${one.name}`,
      );
    else if (!isHere(target))
      notes.add(
        at,
        what,
        `${target.name} is of a profile, which only development has: say connectsTo: [${target.name}] there`,
      );
    else return [target.name];
    return [];
  });
}

/** The variables of a service that connects to nothing, without those by which it names itself: such a pod resolves no name, its own neither. */
function envOf({ plan, notes }: Context, { one, values }: Made, connectsTo: readonly unknown[]): Setting {
  const isAlone = connectsTo.length === 0 && Object.values(values.env).every((value) => typeof value === 'string');
  const kept = Object.entries(values.env).filter(([name, value]) => {
    if (!isAlone || !partsIn(plan, String(value)).some(({ target }) => target.key === one.key)) return true;
    const path = one.variables.find((variable) => variable.name === name)?.path ?? one.path;
    notes.add(
      path,
      name,
      `names ${one.name} itself, which connects to nothing, and resolves no name: say localhost, or { pod: ip }`,
    );
    return false;
  });
  return Object.fromEntries(kept);
}

/** What makes a Job of a service. */
function jobSettings(context: Context, { one, settings }: Made, all: readonly Made[]): Setting {
  if (one.role !== 'job') return {};
  if (one.given.profiles !== undefined) return { runs: 'by-hand' };
  const jobs = Object.keys(one.given.depends_on ?? {}).flatMap((key) =>
    all.filter((other) => other.one.key === key && other.one.role === 'job' && other.one.given.profiles === undefined),
  );
  const after = jobs.filter((job) => job.settings.user === settings.user).map((job) => job.one.name);
  if (after.length < jobs.length)
    context.notes.add(
      one.path,
      `order of ${one.name}`,
      'jobs in an order have one user: say the same user for them, and after',
    );
  return { runs: 'before-deploy', ...(after.length > 0 && { after }) };
}

/**
 * The settings of a service, with its connections that no variable makes.
 *
 * @param isExtra whether only development has a service
 */
export function connectedOf(
  context: Context,
  each: Made,
  all: readonly Made[],
  isExtra: (one: Planned) => boolean,
): Setting {
  const { one, settings } = each;
  const connectsTo = connectionsOf(context, each, (target) => isExtra(one) || !isExtra(target));
  const { env, ...others } = { ...settings, env: envOf(context, each, connectsTo) };
  return {
    ...(Object.keys(env).length > 0 ? { ...settings, env } : others),
    ...(connectsTo.length > 0 && { connectsTo }),
    ...jobSettings(context, each, all),
  };
}
