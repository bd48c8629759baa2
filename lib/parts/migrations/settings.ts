import { z } from 'zod';
import { count, cpu, memory, text } from '../../config/fields';

/** What a system's migrations are unless its settings say otherwise. */
interface Usual {
  readonly command: string;
  /** `request..limit` */
  readonly memory: string;
}

function commandOf(usual: string) {
  return text(/^[^\p{Cc}]+$/u, `a command on one line, such as "${usual}"`, 1000).default(usual);
}

function resources(most: string) {
  return { cpu: cpu.prefault('100m..1'), memory: memory.prefault(most) };
}

/** The migrations of one database. */
export function migrations(usual: Usual) {
  return z
    .strictObject({
      command: commandOf(usual.command).describe("Run in the API's image with DATABASE_URL set"),
      ...resources(usual.memory),
    })
    .prefault({});
}

/** The migrations of an admin database and of tenants'. */
export function tenantMigrations(usual: Usual) {
  return z
    .strictObject({
      command: commandOf(usual.command).describe('Brings one database up to date; run in the backend image'),
      adminCommand: text(/^[^\p{Cc}]*$/u, 'a command on one line, or "" for none', 1000)
        .optional()
        .describe('The same for the admin database: `command` when absent, nothing when empty'),
      variable: text(/^[A-Z_][A-Z0-9_]*$/, 'the name of a variable such as DATABASE_URL')
        .default('DATABASE_URL')
        .describe("The variable that tells it the database's URL"),
      parallel: count(1, 64).default(4).describe('Databases that are migrated at the same time'),
      ...resources(usual.memory),
    })
    .prefault({});
}
