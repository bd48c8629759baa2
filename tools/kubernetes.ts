// Generates lib/checks/data/ from the sources of Kubernetes and the custom resource definitions that imports/sources.yaml names:
// `npm run kubernetes [-- --crds DIR]`. It needs Go, which downloads the sources as modules.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { NotPossible } from '../lib/base/errors';
import { InputError } from '../lib/base/problem';
import type { SchemaTable } from '../lib/checks/cluster/schema-table';
import type { ApiVersions } from '../lib/checks/rules/api-versions';
import { type Io, Program } from '../lib/pipeline/program';
import { slimDefinition } from './crd';
import { apiVersionsOf, appliedKinds, type Lifecycles, readLifecycles } from './lifecycles';
import { type Definitions, type OpenApi, SchemaWriter } from './openapi';
import { enumsOf, withEnums, withOptional } from './openapi-corrections';

/** The newest release, and the oldest that Berth supports. */
const NEWEST = '1.37.1';
const OLDEST = '1.30';

/** Releases whose sources have API versions that later ones removed: up to 1.16, up to 1.29, and those of the oldest supported release. */
const HISTORY = ['1.21.14', '1.28.15', '1.30.14', NEWEST];

/** The folder of a Go module, which Go downloads if needed. */
function moduleFolder(module: string, scratch: string): string {
  const result = spawnSync('go', ['mod', 'download', '-json', module], { cwd: scratch, encoding: 'utf8' });
  if (result.error) throw new NotPossible(`go cannot be run (${result.error.message}); install Go 1.21 or later`);
  const { Dir: folder, Error: message } = JSON.parse(result.stdout || '{}') as { Dir?: string; Error?: string };
  if (folder === undefined) throw new NotPossible(`go cannot download ${module}: ${message ?? result.stderr}`);
  return folder;
}

/** The version of the Go modules of a release: v0.x. */
const libraryOf = (release: string) => release.replace(/^1\./, 'v0.');

function lifecyclesOf(release: string, scratch: string, into: Lifecycles): void {
  for (const module of ['api', 'apiextensions-apiserver', 'kube-aggregator']) {
    const folder = moduleFolder(`k8s.io/${module}@${libraryOf(release)}`, scratch);
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
      if (basename(file) !== 'zz_generated.prerelease-lifecycle.go') continue;
      const there = join(folder, dirname(file));
      const [, group] = /GroupName = "(.*)"/.exec(readFileSync(join(there, 'register.go'), 'utf8')) ?? [];
      if (group === undefined) throw new Error(`${module}/${dirname(file)} has no GroupName`);
      readLifecycles(readFileSync(join(folder, file), 'utf8'), group, basename(there), into);
    }
  }
}

/** An entry of imports/sources.yaml. */
interface Source {
  readonly group: string;
  readonly version: string;
  readonly url: string;
  readonly crds: readonly string[];
  readonly judged?: readonly string[];
  readonly others?: readonly string[];
}

interface CustomResource {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly schema: { readonly openAPIV3Schema: OpenApi };
      readonly subresources?: { readonly scale?: { readonly specReplicasPath?: string } };
    }[];
  };
}

async function readText(source: Source, crd: string, from: string | undefined): Promise<string> {
  if (from === undefined) {
    const response = await fetch(source.url + crd);
    if (!response.ok) throw new NotPossible(`${source.url}${crd} responded with status ${response.status}`);
    return response.text();
  }
  const file = join(from, crd);
  if (!existsSync(file))
    throw new InputError([{ file, message: `is not there; imports/sources.yaml names it for ${source.group}` }]);
  return readFileSync(file, 'utf8');
}

/** The schemas and rules of custom resources in each served version, and the versions in which each kind is served. */
async function customResources(definitions: Definitions, from: string | undefined) {
  const writer = new SchemaWriter(definitions);
  const served: Record<string, string[]> = {};
  const releases: Record<string, string> = {};
  for (const source of parse(readFileSync('imports/sources.yaml', 'utf8')) as Source[]) {
    const { group } = source;
    const release = /\/(v\d[^/]*)\//.exec(source.url)?.[1] ?? source.version;
    // Some groups are of several projects.
    releases[group] = [...new Set([...(releases[group]?.split(' and ') ?? []), release])].join(' and ');
    for (const crd of [...source.crds, ...(source.judged ?? [])]) {
      const text = await readText(source, crd, from);
      const { names, versions } = (parse(text) as CustomResource).spec;
      const inUse = versions.filter((one) => one.served).map((one) => one.name);
      for (const version of inUse) {
        const { spec } = slimDefinition(parse(text), { group, version }, crd) as CustomResource;
        const [served] = spec.versions;
        const replicas = served?.subresources?.scale?.specReplicasPath;
        writer.addCustomKind(`${group}/${version}/${names.kind}`, served?.schema.openAPIV3Schema ?? {}, replicas);
      }
      served[`${group}/${names.kind}`] = inUse;
    }
    for (const kind of source.others ?? []) served[`${group}/${kind}`] = [];
  }
  return { table: { releases, ...writer.table }, served };
}

/** JSON with one line for each kind and each schema: compact, but with readable diffs. */
function linesOf(value: object): string {
  const lines = (items: readonly string[]) => items.map((item) => `\n  ${item}`).join(',');
  const fields = Object.entries(value).map(([key, field]) => {
    const text = Array.isArray(field)
      ? `[${lines(field.map((item) => JSON.stringify(item)))}\n ]`
      : typeof field === 'object'
        ? `{${lines(Object.entries(field).map(([name, item]) => `${JSON.stringify(name)}:${JSON.stringify(item)}`))}\n }`
        : JSON.stringify(field);
    return `\n ${JSON.stringify(key)}:${text}`;
  });
  return `{${fields.join(',')}\n}\n`;
}

async function generate(crds: string | undefined, io: Io) {
  const scratch = mkdtempSync(join(tmpdir(), 'berth-kubernetes-'));
  try {
    const sources = moduleFolder(`k8s.io/kubernetes@v${NEWEST}`, scratch);
    const swagger = JSON.parse(readFileSync(join(sources, 'api/openapi-spec/swagger.json'), 'utf8'));
    const goCode = readFileSync(join(sources, 'pkg/generated/openapi/zz_generated.openapi.go'), 'utf8');
    const definitions = withOptional(withEnums(swagger.definitions as Definitions, enumsOf(goCode)));
    const applied = appliedKinds(swagger);
    const writer = new SchemaWriter(definitions);
    for (const [kind, name] of [...applied].sort()) writer.addKind(kind, name);
    const schemas: SchemaTable & { kubernetes: string } = { kubernetes: NEWEST, ...writer.table };

    const lifecycles: Lifecycles = new Map();
    for (const release of HISTORY) lifecyclesOf(release, scratch, lifecycles);
    const served = new Map([...applied].map(([kind, name]) => [kind, definitions[name]?.description ?? '']));
    const custom = await customResources(definitions, crds);
    const versions: ApiVersions = {
      kubernetes: NEWEST,
      oldest: OLDEST,
      kinds: apiVersionsOf(lifecycles, served),
      custom: custom.served,
    };

    // All content is generated before the first file is replaced.
    const generated = { 'api-versions': versions, kubernetes: schemas, 'custom-resources': custom.table };
    for (const [name, content] of Object.entries(generated)) {
      const file = `lib/checks/data/${name}.json`;
      writeFileSync(`${file}.new`, linesOf(content));
      renameSync(`${file}.new`, file);
      io.say(file);
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

export default new Program({
  name: 'kubernetes',
  help: `Generates lib/checks/data/ from the sources of Kubernetes and the custom resource definitions that imports/sources.yaml names.
It needs Go, which downloads the sources as modules.

  npm run kubernetes                   downloads the definitions of the releases named there
  npm run kubernetes -- --crds DIR     reads them from a folder`,
  options: { crds: { type: 'string' } },
  run: async ({ crds }, io) => {
    await generate(crds, io);
    return 0;
  },
});
