import { NotPossible } from '../../lib/base/errors';
import type { Kubectl } from './kubectl';

/** Objects as a cluster has them. */
// biome-ignore lint/suspicious/noExplicitAny: objects of every kind
export type Live = any;

/** The answer of the API server, or why there is none. */
export type Answer<T> =
  | { readonly kind: 'found'; readonly value: T }
  /** The object or its kind does not exist. */
  | { readonly kind: 'absent' }
  /** The user has no permission. */
  | { readonly kind: 'denied'; readonly why: string }
  /** Any other error. */
  | { readonly kind: 'failed'; readonly why: string };

/** The timeout of one request. */
const REQUEST_TIMEOUT = '--request-timeout=20s';

/**
 * Read-only view of a cluster: it runs nothing but `kubectl get`, and each request once.
 *
 * Paths of the API are read with `--raw`, since `kubectl get KIND` makes discovery requests first.
 */
export class View {
  private readonly answers = new Map<string, Promise<Answer<string>>>();

  constructor(private readonly kubectl: Kubectl) {}

  private cached(...args: readonly string[]): Promise<Answer<string>> {
    const key = args.join(' ');
    const known = this.answers.get(key) ?? this.get(args);
    this.answers.set(key, known);
    return known;
  }

  private async get(args: readonly string[]): Promise<Answer<string>> {
    const { code, stdout, stderr } = await this.kubectl.attempt(['get', REQUEST_TIMEOUT, ...args]);
    if (code === 0) return { kind: 'found', value: stdout };
    const why = stderr.trim().split('\n').at(-1) ?? '';
    if (/\(NotFound\)|could not find the requested resource/.test(why)) return { kind: 'absent' };
    return /\(Forbidden\)|forbidden/.test(why) ? { kind: 'denied', why } : { kind: 'failed', why };
  }

  /** The object at a path of the API. */
  async object(path: string): Promise<Answer<Live>> {
    const answer = await this.cached('--raw', path);
    if (answer.kind !== 'found') return answer;
    try {
      return { ...answer, value: JSON.parse(answer.value) };
    } catch {
      return { kind: 'failed', why: 'the answer is no JSON: that of a proxy, or a page to log in?' };
    }
  }

  /** The objects of a list, by its path: `/api/v1/nodes`. */
  async list(path: string): Promise<Answer<Live[]>> {
    const answer = await this.object(path);
    return answer.kind === 'found' ? { ...answer, value: answer.value.items ?? [] } : answer;
  }

  /** The keys of a Secret; its values are not printed. */
  async keysOf(namespace: string, name: string): Promise<Answer<string[]>> {
    const template = '{{range $key, $_ := .data}}{{$key}}{{"\\n"}}{{end}}';
    const answer = await this.cached('secret', name, '-n', namespace, '-o', `go-template=${template}`);
    return answer.kind === 'found' ? { ...answer, value: answer.value.split('\n').filter(Boolean) } : answer;
  }

  /**
   * The version of the API server.
   *
   * @throws NotPossible when no cluster answers
   */
  async version(): Promise<string> {
    const answer = await this.object('/version');
    if (answer.kind === 'found') return answer.value.gitVersion;
    const { context } = this.kubectl;
    const file = context === undefined ? 'the current context of kubectl' : `--context ${context}`;
    const why = 'why' in answer ? `: ${answer.why}` : '';
    throw new NotPossible(`${file}: no cluster answers${why}`);
  }
}

/** Whether a condition holds, and its reason and message. */
export function condition({ status }: Live, type: string): { readonly holds: boolean; readonly message: string } {
  const found = (status?.conditions ?? []).find((one: Live) => one.type === type);
  if (found === undefined) return { holds: false, message: `no condition ${type}` };
  const message = [found.reason, found.message].filter(Boolean).join(': ');
  return { holds: found.status === 'True', message: message === '' ? `${type} is ${found.status}` : message };
}

/** Whether an object has all of some labels. */
export function hasLabels({ metadata }: Live, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
}

/** The path of the running pods in all namespaces. */
export const PODS = '/api/v1/pods?fieldSelector=status.phase!%3DSucceeded,status.phase!%3DFailed';
