import { NotPossible } from '../../lib/base/errors';
import type { Kubectl } from '../shared/kubectl';
import { missing, type Row, unknown } from './row';

/** Objects as a cluster has them. */
// biome-ignore lint/suspicious/noExplicitAny: objects of every kind
export type Live = any;

/** What the API server answered, or why it did not. */
export type Answer<T> =
  | { readonly kind: 'found'; readonly value: T }
  /** There is no such thing, or kind of thing. */
  | { readonly kind: 'absent' }
  /** Whoever asks has no right to know. */
  | { readonly kind: 'denied'; readonly why: string }
  /** Something else is in the way. */
  | { readonly kind: 'failed'; readonly why: string };

/** How long one question may take. */
const PATIENCE = '--request-timeout=20s';

/** A list as it is read, as it is shown: `nodes`. */
function nameOf(path: string): string {
  return path.replace(/\?.*$/, '').split('/').at(-1) as string;
}

/**
 * A cluster, looked at and left as it is: kubectl is asked for nothing but `get`, and each question once.
 *
 * Paths of the API are asked for as they are, since kubectl asks what kinds there are before it asks for one.
 */
export class View {
  private readonly answers = new Map<string, Promise<Answer<string>>>();

  /** @param context the one of kubectl's. @default - its current one */
  constructor(
    private readonly kubectl: Kubectl,
    private readonly context?: string,
  ) {}

  private ask(...args: readonly string[]): Promise<Answer<string>> {
    const key = args.join(' ');
    const known = this.answers.get(key) ?? this.get(args);
    this.answers.set(key, known);
    return known;
  }

  private async get(args: readonly string[]): Promise<Answer<string>> {
    const context = this.context === undefined ? [] : ['--context', this.context];
    const { code, stdout, stderr } = await this.kubectl.attempt([...context, 'get', PATIENCE, ...args]);
    if (code === 0) return { kind: 'found', value: stdout };
    const why = stderr.trim().split('\n').at(-1) ?? '';
    if (/\(NotFound\)|could not find the requested resource/.test(why)) return { kind: 'absent' };
    return /\(Forbidden\)|forbidden/.test(why) ? { kind: 'denied', why } : { kind: 'failed', why };
  }

  /** What a path of the API holds. */
  async object(path: string): Promise<Answer<Live>> {
    const answer = await this.ask('--raw', path);
    return answer.kind === 'found' ? { ...answer, value: JSON.parse(answer.value) } : answer;
  }

  /** The objects of a list, by its path: `/api/v1/nodes`. */
  async list(path: string): Promise<Answer<Live[]>> {
    const answer = await this.object(path);
    return answer.kind === 'found' ? { ...answer, value: answer.value.items ?? [] } : answer;
  }

  /** The keys of a Secret; its values are not printed. */
  async keysOf(namespace: string, name: string): Promise<Answer<string[]>> {
    const template = '{{range $key, $_ := .data}}{{$key}}{{"\\n"}}{{end}}';
    const answer = await this.ask('secret', name, '-n', namespace, '-o', `go-template=${template}`);
    return answer.kind === 'found' ? { ...answer, value: answer.value.split('\n').filter(Boolean) } : answer;
  }

  /**
   * The version of the API server.
   *
   * @throws NotPossible when there is no cluster that answers
   */
  async version(): Promise<string> {
    const answer = await this.object('/version');
    if (answer.kind === 'found') return answer.value.gitVersion;
    const file = this.context === undefined ? 'the current context of kubectl' : `--context ${this.context}`;
    const why = 'why' in answer ? `: ${answer.why}` : '';
    throw new NotPossible(`${file}: no cluster answers${why}`);
  }
}

/** The row of what could not be looked at, or undefined where it could. */
export function unseen(
  answer: Answer<unknown>,
  row: Pick<Row, 'what' | 'needed'>,
  path: string,
  mend: string,
): Row | undefined {
  switch (answer.kind) {
    case 'found':
      return undefined;
    case 'absent':
      return missing({ ...row, found: `the cluster has no ${nameOf(path)}` }, mend);
    case 'denied':
      return unknown({ ...row, found: 'not told' }, `the right to get and list ${nameOf(path)}: ${answer.why}`);
    case 'failed':
      return unknown({ ...row, found: 'no answer' }, answer.why);
  }
}

/** The row of a list that could not be read, or what is made of it. */
export async function fromList(
  view: View,
  path: string,
  row: Pick<Row, 'what' | 'needed'>,
  judge: (items: Live[]) => Row | Row[],
  mend = '',
): Promise<Row[]> {
  const answer = await view.list(path);
  const not = unseen(answer, row, path, mend);
  return not !== undefined ? [not] : [judge(answer.kind === 'found' ? answer.value : [])].flat();
}

/** Whether a condition holds, and what is said of it. */
export function condition({ status }: Live, type: string): { readonly holds: boolean; readonly said: string } {
  const found = (status?.conditions ?? []).find((one: Live) => one.type === type);
  if (found === undefined) return { holds: false, said: `says nothing of ${type}` };
  const said = [found.reason, found.message].filter(Boolean).join(': ');
  return { holds: found.status === 'True', said: said === '' ? `${type} is ${found.status}` : said };
}

/** Whether labels are among those of an object. */
export function hasLabels({ metadata }: Live, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
}

/** The pods that run, of all namespaces. */
export const PODS = '/api/v1/pods?fieldSelector=status.phase!%3DSucceeded,status.phase!%3DFailed';
