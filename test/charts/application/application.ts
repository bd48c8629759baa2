import { registry } from '../../../charts';
import type { ManifestObject } from '../../../lib/manifests/object';
import { type Built, buildEnvironments } from '../../../lib/pipeline/build';
import { defineRegistry } from '../../../lib/pipeline/definition';
import type { Described } from '../../../lib/pipeline/describe';
import { describeEnvironments } from '../../../lib/pipeline/environments';
import { judge } from '../../../lib/pipeline/judge';
import { folderWith } from '../../support';

/** Applications alone: a system of the user may have the name of one of the tests. */
const applications = defineRegistry({ ...registry, systems: [] });

/** Files by their paths below `environments/`. */
export type Files = Readonly<Record<string, string>>;

/** A project with these files in `environments/`. An environment other than dev, staging and prod states its tier itself. */
export function projectOf(files: Files): string {
  return folderWith(Object.fromEntries(Object.entries(files).map(([path, text]) => [`environments/${path}`, text])));
}

/** What the files of applications become in one environment, and what the rules find in it. */
export function built(
  files: Files,
  environment = 'prod',
): { readonly built: Built; readonly all: readonly Built[]; readonly violations: readonly string[] } {
  const all = buildEnvironments(applications, projectOf(files), [environment]);
  return { built: all[0] as Built, all, violations: judge(all) };
}

/** What the files of applications describe in one environment, without any objects. */
export function described(files: Files, environment = 'prod'): readonly Described[] {
  return describeEnvironments(applications, projectOf(files), [environment]);
}

/** The objects of an application, of which the rules find nothing wrong. */
export function objectsOf(files: Files, environment = 'prod'): readonly ManifestObject[] {
  const { built: one, violations } = built(files, environment);
  expect(violations).toEqual([]);
  return one.objects;
}

/** The first lines of a message, in which `environments/` is left out. */
export function messageOf(files: Files, environments: readonly string[] = ['prod']): string {
  try {
    buildEnvironments(applications, projectOf(files), environments);
  } catch (error) {
    return (error as Error).message.replaceAll('environments/', '');
  }
  return '';
}
