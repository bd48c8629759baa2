import { imageReference } from '../../base/image';
import type { System } from '../../model/system';
import type { Task } from '../../model/task';
import { NO_OPTIONS, type RenderProblem } from './options';
import type { Context, Made } from './service';
import { commandText } from './shell';
import { planOf } from './size';

/** A task with a schedule as a cron job. Its time zone is UTC. */
function cronJob(task: Task, cron: string, system: System, { options, variables }: Context): Made {
  const [container] = task.containers;
  if (container === undefined) return { files: {}, notes: [], problems: [] };
  const made = variables.of(container);
  const words = [...(container.command ?? []), ...(container.args ?? [])];
  const { plan, problems } = planOf(task.name, container, NO_OPTIONS);
  const message = `given the task ${task.name}, which has no command, and variables that one would put together; expected it in without, with the reason`;
  const unknown = words.length === 0 && made.lines.length > 0 ? [{ path: [], message }] : [];
  const creds = options.registry === undefined ? {} : { creds: { fromRegistryCreds: { name: options.registry } } };
  const service = {
    type: 'cron' as const,
    name: `${system.instance}-${task.name}`,
    region: options.region,
    plan,
    runtime: 'image' as const,
    image: { url: imageReference(container.image), ...creds },
    schedule: cron,
    ...(words.length > 0 && { dockerCommand: commandText(words, made.lines) }),
    envVars: [...made.variables],
  };
  const notes = made.notes.map((note) => `${service.name}: ${note}`);
  return { service, files: {}, notes, problems: [...problems.map((one) => ({ ...one, path: [] })), ...unknown] };
}

/** Why a task cannot be a cron job. */
function reasonAgainst({ schedule, containers, init, volumes }: Task): string | undefined {
  if (schedule === undefined) return 'runs once for each change, which Render has not';
  if (schedule.suspended) return 'is started by hand';
  if (init.length > 0 || containers.length > 1) return 'has several containers';
  if (volumes.length > 0) return 'mounts a volume, which no cron job can';
  if (containers.some(({ mounts }) => mounts.length > 0)) return 'mounts files, which a Blueprint cannot make';
  if (schedule.timeZone !== undefined && !/UTC$/.test(schedule.timeZone))
    return `has a schedule in ${schedule.timeZone}, and Render has UTC alone`;
  return undefined;
}

/** The tasks of a system: cron jobs, or migrations before a deploy. All others need a decision. */
export function tasksOf(tasks: readonly Task[], system: System, context: Context): Made[] {
  const migrates = Object.values(context.options.services).some(({ preDeploy }) => preDeploy !== undefined);
  return tasks.flatMap((task): Made[] => {
    const problem = (message: string): Made[] => [
      { files: {}, notes: [], problems: [{ path: [], message } satisfies RenderProblem] },
    ];
    if (task.purpose === 'migrations' && task.schedule === undefined)
      return migrates
        ? []
        : problem(
            `given migrations (${task.name}) and no service with preDeploy, expected the command that migrates in preDeploy of one service`,
          );
    const reason = reasonAgainst(task);
    if (reason !== undefined)
      return problem(`given the task ${task.name}, which ${reason}; expected it in without, with the reason`);
    return [cronJob(task, task.schedule?.cron as string, system, context)];
  });
}
