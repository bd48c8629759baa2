import { z } from 'zod';
import { count, cpu, memory, text } from '../../config/fields';

/** The default settings of a system's migrations. */
interface MigrationDefaults {
  readonly command: string;
  /** In the form `request..limit`. */
  readonly memory: string;
}

function commandField(usual: string) {
  return text(/^[^\p{Cc}]+$/u, `a command on one line, such as "${usual}"`, 1000).default(usual);
}

function resources(usualMemory: string) {
  return { cpu: cpu.prefault('100m..1'), memory: memory.prefault(usualMemory) };
}

/** The settings of the migrations of a single database. */
export function migrations(usual: MigrationDefaults) {
  return z
    .strictObject({
      command: commandField(usual.command).describe("Run in the API's image with DATABASE_URL set"),
      ...resources(usual.memory),
    })
    .prefault({})
    .describe('The Job that migrates the database before new pods start');
}

/** The settings of the migrations of an admin database and of tenants' databases. */
export function tenantMigrations(usual: MigrationDefaults) {
  return z
    .strictObject({
      command: commandField(usual.command).describe('Migrates one database; run in the backend image'),
      adminCommand: text(/^[^\p{Cc}]*$/u, 'a command on one line, or "" for none', 1000)
        .optional()
        .describe('Migrates the admin database; `command` when absent, no migration when empty'),
      variable: text(/^[A-Z_][A-Z0-9_]*$/, 'the name of a variable such as DATABASE_URL')
        .default('DATABASE_URL')
        .describe('The environment variable with the URL of the database'),
      parallel: count(1, 64).default(4).describe('The number of databases that are migrated at the same time'),
      ...resources(usual.memory),
    })
    .prefault({})
    .describe('The Job that migrates the database before new pods start');
}
