import type { Plan, Planned } from './plan';

/** How a text names another service. */
export interface Reference {
  readonly target: Planned;
  /** The form of the whole text. `part`: the service is only a part of it, as one of several addresses. */
  readonly form: 'url' | 'address' | 'host' | 'keywords' | 'part';
  readonly scheme?: string | undefined;
  readonly user?: string | undefined;
  readonly hasPassword: boolean;
  /** @default - none is said */
  readonly port?: number | undefined;
  /** What follows the port: `/path?query`. */
  readonly rest: string;
}

const URL_FORM =
  /^(?<scheme>[a-z][\w+.-]*(?::[a-z]+)?):\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@]*))?@)?(?<host>[\w.-]+)(?::(?<port>\d{1,5}))?(?<rest>[/?#].*)?$/i;
const ADDRESS_FORM = /^(?<host>[\w.-]+):(?<port>\d{1,5})$/;
const KEYWORDS = /(?:^|;)\s*(?:Host|Server|Data Source)\s*=\s*(?:tcp:)?(?<host>[\w.-]+)(?:,(?<port>\d+))?/i;
const KEYWORD_PORT = /;\s*Port\s*=\s*(?<port>\d+)/i;
/** Names of variables whose value may be nothing but a host. */
const HOST_NAME = /(HOST(S|NAME)?|SERVERS?|ADDR(ESS)?|ENDPOINT|BROKERS?|NODES?|UPSTREAM|_URL|_URI)$/i;

function groupsOf(form: RegExp, text: string): Readonly<Record<string, string | undefined>> | undefined {
  return form.exec(text)?.groups;
}

/** The other service that a text names as a whole, or the first one that is a part of it. */
function referenceIn(plan: Plan, variable: string, text: string): Reference | undefined {
  const url = groupsOf(URL_FORM, text);
  const address = groupsOf(ADDRESS_FORM, text);
  const keywords = groupsOf(KEYWORDS, text);
  const found = url ?? address ?? keywords;
  const target = plan.hosts.get(found?.host ?? '');
  const port = found?.port ?? (keywords === undefined ? undefined : groupsOf(KEYWORD_PORT, text)?.port);
  if (found !== undefined && target !== undefined) {
    return {
      target,
      form: url ? 'url' : address ? 'address' : 'keywords',
      scheme: url?.scheme?.toLowerCase(),
      user: url?.user,
      hasPassword: url?.password !== undefined && url.password !== '',
      port: port === undefined ? undefined : Number(port),
      rest: url?.rest ?? '',
    };
  }
  const named = plan.hosts.get(text);
  if (named !== undefined && HOST_NAME.test(variable))
    return { target: named, form: 'host', hasPassword: false, rest: '' };
  const [part] = partsIn(plan, text);
  return part === undefined
    ? undefined
    : {
        target: part.target,
        form: 'part',
        port: part.port,
        hasPassword: /:\/\/[^/\s:@]*:[^/\s@]+@/.test(text),
        rest: '',
      };
}

/** The reference of a variable of a service. A host alone has the port of the variable beside it: `MAIL_PORT` beside `MAIL_HOST`. */
export function referenceOf(
  plan: Plan,
  one: Planned,
  { name, value = '' }: Planned['variables'][number],
): Reference | undefined {
  const found = referenceIn(plan, name, value);
  if (found?.form !== 'host') return found;
  const prefix = name.replace(/_?(HOST(NAME)?|SERVER|ADDR(ESS)?)$/i, '').toUpperCase();
  const port = one.variables.find((other) =>
    [`${prefix}_PORT`, `${prefix}PORT`].includes(other.name.toUpperCase()),
  )?.value;
  return { ...found, port: /^\d{1,5}$/.test(port ?? '') ? Number(port) : undefined };
}

/** All services that are named with a port, or as the host of a URL, anywhere in a text. */
export function partsIn(
  { hosts }: Plan,
  text: string,
): { readonly target: Planned; readonly port: number | undefined }[] {
  const plain = text.replace(/:\/\/[^/\s@]*@/g, '://'); // names of users may be those of services
  return [...plain.matchAll(/(\/\/|@|^|[\s,;=("'])([A-Za-z][\w.-]*)(?::(\d{1,5}))?/g)].flatMap(
    ([, before = '', host = '', port]) => {
      const target = hosts.get(host);
      const isHost = port !== undefined || before === '//' || before === '@';
      return target === undefined || !isHost ? [] : [{ target, port: port === undefined ? undefined : Number(port) }];
    },
  );
}
