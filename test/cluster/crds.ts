import { existsSync } from 'node:fs';
import type { Kubectl } from '../../commands/shared/kubectl';
import { readManifests } from '../../lib/manifests/read';

/** The folder of custom resource definitions that the tests may install. */
const FOLDER = 'BERTH_CRDS';

/**
 * Installs the definitions that a cluster lacks. A definition that the cluster refuses, since it needs a newer
 * Kubernetes, is skipped, and so are the tests that need it.
 *
 * @returns a function that deletes them
 */
export async function installDefinitions(kubectl: Kubectl): Promise<() => Promise<void>> {
  const folder = process.env[FOLDER];
  if (!folder) return async () => {};
  if (!existsSync(folder)) throw new Error(`${FOLDER}: ${folder} is not there`);
  const names = async () => new Set((await kubectl.get('crds')).map(({ metadata }) => metadata.name as string));
  const before = await names();
  const missing = readManifests([folder])
    .map(({ object }) => object)
    .filter(({ kind, metadata }) => kind === 'CustomResourceDefinition' && !before.has(metadata.name));
  // An older server drops fields that it does not know, as it does for the operators' installers.
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: missing });
  const { stderr } = await kubectl.attempt(['create', '--validate=false', '-f', '-'], list);
  const after = await names();
  const made = missing.map(({ metadata }) => metadata.name).filter((name) => after.has(name));
  const refused = missing.length - made.length;
  if (refused > 0) console.log(`${refused} definitions need another version of Kubernetes:\n${stderr.trim()}\n`);
  if (made.length === 0) return async () => {};
  await kubectl.run('wait', '--for=condition=Established', '--timeout=60s', 'crds', ...made);
  return async () => {
    await kubectl.run('delete', 'crds', '--ignore-not-found', ...made);
  };
}
