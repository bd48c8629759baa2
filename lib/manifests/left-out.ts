import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Position } from '../base/problem';
import { parseDocuments } from './documents';
import { documentValue, UnreadableValue } from './values';

/** Why a file is left out, with what renders it. */
export interface LeftOut {
  /** The file, or the folder of several. */
  readonly file: string;
  readonly why: string;
  /** @default - the file as a whole */
  readonly position?: Position;
}

const RENDER = 'npm run check -- -';

/** The folder of the Helm chart that a file belongs to, or undefined. Files in `crds/` are plain manifests. */
function chartOf(file: string, root: string): string | undefined {
  const top = resolve(root);
  for (let folder = dirname(resolve(file)); folder.startsWith(top); folder = dirname(folder)) {
    if (basename(folder) === 'crds') return undefined;
    if (existsSync(join(folder, 'Chart.yaml'))) return folder;
    if (folder === dirname(folder)) break;
  }
  return undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: a file of kustomize, which may have any shape
type Kustomization = any;

const list = (value: Kustomization): Kustomization[] =>
  Array.isArray(value) ? value.filter((one) => one !== null) : [];

/** The files that a kustomization.yaml names beside its resources: patches, values and inputs of its generators. */
function inputsOf(kustomization: Kustomization): string[] {
  const paths = (field: string, key: string) => list(kustomization[field]).map((one) => one?.[key]);
  const generated = ['configMapGenerator', 'secretGenerator'].flatMap((field) =>
    list(kustomization[field]).flatMap((one) => [...list(one?.files), ...list(one?.envs), one?.env]),
  );
  const named = [
    ...['patches', 'patchesJson6902', 'replacements'].flatMap((field) => paths(field, 'path')),
    ...['patchesStrategicMerge', 'configurations', 'transformers', 'generators', 'validators'].flatMap((field) =>
      list(kustomization[field]),
    ),
    ...paths('helmCharts', 'valuesFile'),
    kustomization.openapi?.path,
    ...generated.map((entry) => (typeof entry === 'string' ? entry.replace(/^[^=]*=/, '') : undefined)),
  ];
  return named.filter((one) => typeof one === 'string' && !one.includes('\n'));
}

export const isKustomization = (file: string): boolean =>
  /^(?:kustomization\.ya?ml|Kustomization)$/.test(basename(file));

/** A ConfigMap or Secret that kustomize makes, by the name that objects refer to. */
export interface Generated {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  /** @default - that of the objects which refer to it */
  readonly namespace?: string;
}

function generatedBy(kustomization: Kustomization): Generated[] {
  return (['ConfigMap', 'Secret'] as const).flatMap((kind) =>
    list(kustomization[kind === 'Secret' ? 'secretGenerator' : 'configMapGenerator']).flatMap((one): Generated[] => {
      const namespace = one?.namespace ?? kustomization.namespace;
      if (typeof one?.name !== 'string') return [];
      return [{ kind, name: one.name, ...(typeof namespace === 'string' && { namespace }) }];
    }),
  );
}

/** What the kustomization.yaml files among some files say. */
export interface Kustomized {
  /** The files that are patches and inputs. */
  readonly inputs: ReadonlySet<string>;
  readonly generated: readonly Generated[];
}

/** Reads the kustomization.yaml files among some files. */
export function kustomized(files: readonly string[]): Kustomized {
  const all = files.filter(isKustomization).map((file) => {
    const none = { inputs: [], generated: [] };
    const [first] = parseDocuments(readFileSync(file, 'utf8'));
    try {
      const value = first?.contents ? documentValue(first.contents).value : undefined;
      if (typeof value !== 'object' || value === null) return none;
      const inputs = inputsOf(value).map((input) => resolve(dirname(file), input));
      return { inputs, generated: generatedBy(value) };
    } catch (error) {
      if (error instanceof UnreadableValue) return none;
      throw error;
    }
  });
  return {
    inputs: new Set(all.flatMap(({ inputs }) => inputs)),
    generated: all.flatMap(({ generated }) => generated),
  };
}

/** Why a file is left out by its name and place, or undefined for a file to read. */
export function leftOutByName(file: string, root: string, inputs: ReadonlySet<string>): LeftOut | undefined {
  if (isKustomization(file)) {
    return { file, why: `is read by kustomize; render it: kustomize build ${dirname(file)} | ${RENDER}` };
  }
  if (inputs.has(resolve(file)))
    return { file, why: 'is a patch or an input of kustomize, and no manifest of its own' };
  const chart = chartOf(file, root);
  if (chart !== undefined) {
    const shown = dirname(file) === '.' ? '.' : chart.replace(`${process.cwd()}/`, '');
    return { file: shown, why: `is a Helm chart; render it: helm template ${shown} | ${RENDER}` };
  }
  return undefined;
}

/** Groups and kinds of files that a program reads, and no cluster. */
const FILE_GROUPS =
  /^(?:kustomize\.config\.k8s\.io|skaffold|kind\.x-k8s\.io|k3d\.io|kubeadm\.k8s\.io|kubelet\.config\.k8s\.io|kubeproxy\.config\.k8s\.io|kubescheduler\.config\.k8s\.io|apiserver\.config\.k8s\.io|apiserver\.k8s\.io|audit\.k8s\.io|client\.authentication\.k8s\.io|config\.kubernetes\.io|config\.k8s\.io|ctlptl\.dev|tilt\.dev|eksctl\.io|kops\.k8s\.io|helm\.sh|backstage\.io|devspace\.sh|config\.karmada\.io|minikube\.sigs\.k8s\.io|builtin|krew\.googlecontainertools\.github\.com)\//;

/** Why the value of a document is no manifest, or undefined for one. */
export function leftOutByContent(value: unknown): string | undefined {
  const none = 'is no manifest: it has no apiVersion and kind';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return none;
  const { apiVersion, kind, metadata, spec, clusters } = value as Record<string, unknown>;
  if (typeof apiVersion === 'string' && typeof kind === 'string') {
    if (FILE_GROUPS.test(apiVersion))
      return `is a file of kind ${kind} (${apiVersion}) that a program reads, and no cluster`;
    return apiVersion === 'v1' && kind === 'Config' && Array.isArray(clusters) ? 'is a kubeconfig' : undefined;
  }
  const isMeant =
    (typeof apiVersion === 'string' || typeof kind === 'string') && (metadata !== undefined || spec !== undefined);
  return isMeant ? undefined : none;
}

export const TEMPLATE = 'holds templates ({{ … }}); render it first, for example by helm template';

/** Templates of Helm and the like, outside of quoted text. Alerts of Prometheus have others, in quotes. */
const TEMPLATES =
  /\{\{-?\s*(?:\.(?:Values|Release|Chart|Capabilities|Template|Files)\b|(?:include|define|template)\s)|^\s*\{[{%]|[:-] +\{\{/m;

/** Whether a text holds templates, as of Helm. */
export const hasTemplates = (text: string): boolean => TEMPLATES.test(text);
