import { KINDS, type Thing } from '../view-data';
import { badge, element, table } from './element';
import type { Environment } from './state';

const TITLES: Readonly<Record<Thing['kind'], string>> = {
  workload: 'Workloads',
  data: 'Data and poolers',
  job: 'Jobs',
  outside: 'Outside',
};

const dollars = (month: number | undefined) =>
  month === undefined ? '–' : `$${Math.round(month).toLocaleString('en')}`;

function row(...cells: readonly (Node | string | readonly Node[])[]): HTMLTableRowElement {
  return element(
    'tr',
    {},
    ...cells.map((cell) => element('td', {}, ...(typeof cell === 'string' || cell instanceof Node ? [cell] : cell))),
  );
}

/** A section that the reader may close. */
function section(title: string, ...content: readonly Node[]): HTMLElement {
  return element('details', { open: '' }, element('summary', {}, element('h2', {}, title)), ...content);
}

/** Numbers of the whole environment. */
export function tilesOf({ data }: Environment): HTMLElement {
  const { systems, total, prices } = data;
  const tenants = systems.reduce((sum, one) => sum + one.tenants.length, 0);
  const tiles = [
    ['Systems', `${systems.length}`],
    ...(tenants === 0 ? [] : [['Tenants', tenants.toLocaleString('en')]]),
    ['Pods', total.pods],
    ['CPU, cores', total.cpu],
    ['Memory, GiB', total.memory],
    ...(prices === undefined ? [] : [['Cost a month', dollars(total.month)]]),
  ] as const;
  const all = tiles.map(([name, value]) =>
    element('div', { class: 'tile' }, element('span', {}, `${name}`), element('strong', {}, `${value}`)),
  );
  return element('div', { class: 'tiles' }, ...all);
}

/** The names of tenants, which are put into the page only when they are asked for. */
function tenantsOf(tenants: readonly string[]): Node | string {
  if (tenants.length === 0) return '–';
  const names = element('div', { class: 'names' });
  const list = element('details', {}, element('summary', {}, tenants.length.toLocaleString('en')), names);
  list.addEventListener('toggle', () => {
    if (names.childElementCount === 0) names.append(...tenants.map((name) => element('span', {}, name)));
  });
  return list;
}

function systemsSection({ data }: Environment, systems: ReadonlySet<string>): HTMLElement {
  const rows = data.systems
    .filter(({ name }) => systems.has(name))
    .map((one) =>
      row(
        element('strong', {}, one.name),
        one.namespaces.join(', '),
        one.pods,
        one.cpu,
        one.memory,
        dollars(one.month),
        tenantsOf(one.tenants),
      ),
    );
  const head = ['System', 'Namespaces', 'Pods', 'CPU, cores', 'Memory, GiB', 'A month', 'Tenants'];
  const note =
    data.prices === undefined ? [] : [element('p', { class: 'hint' }, `At the typical load on ${data.prices}.`)];
  return section('Sizes and cost', table(head, rows), ...note);
}

function budgetsSection({ data }: Environment): HTMLElement[] {
  if (data.budgets.length === 0) return [];
  const bars = data.budgets.map(({ server, limit, reserved, clients }) => {
    const used = clients.reduce((sum, { connections }) => sum + connections, reserved);
    const share = Math.min(100, (100 * used) / limit);
    const text = `${used} of ${limit}`;
    const meter = { class: 'meter', role: 'img', 'aria-label': `${server}: ${text} connections` };
    const fill = element('span', { class: used > limit ? 'over' : share > 80 ? 'high' : '', style: `width:${share}%` });
    const parts = [
      ...clients.map(({ name, connections, because }) => `${name}: ${connections} (${because})`),
      ...(reserved > 0 ? [`reserved: ${reserved}`] : []),
    ];
    const lines = parts.map((part) => element('li', {}, part));
    return element(
      'div',
      { class: 'budget' },
      element('div', { class: 'budget-head' }, element('strong', {}, server), element('span', {}, text)),
      element('div', meter, fill),
      element('details', {}, element('summary', {}, 'Clients'), element('ul', {}, ...lines)),
    );
  });
  return [section('Connection budgets, in the worst case', element('div', { class: 'budgets' }, ...bars))];
}

function entriesSection(
  environment: Environment,
  systems: ReadonlySet<string>,
  choose: (id: string) => void,
): HTMLElement[] {
  const shown = environment.data.entries.filter(({ system }) => system === '' || systems.has(system));
  if (shown.length === 0) return [];
  const rows = shown.map(({ address, audience, to }) =>
    row(
      element('code', {}, address),
      audience,
      to.map((id) => buttonFor(environment, id, choose)),
    ),
  );
  return [section('Edge', table(['Address', 'For', 'Leads to'], rows))];
}

function buttonFor({ things }: Environment, id: string, choose: (id: string) => void): HTMLElement {
  const button = element('button', { type: 'button', class: 'link', 'data-id': id }, things.get(id)?.name ?? id);
  button.addEventListener('click', () => choose(id));
  return button;
}

function thingsSection(
  environment: Environment,
  kind: Thing['kind'],
  shown: readonly Thing[],
  choose: (id: string) => void,
): HTMLElement[] {
  const own = shown.filter((one) => one.kind === kind);
  if (own.length === 0) return [];
  const fact = ({ facts }: Thing, ...names: readonly string[]) =>
    facts
      .filter(([name]) => names.includes(name))
      .map(([, text]) => text)
      .join(', ') || '–';
  const rows = own.map((one) =>
    row(
      [buttonFor(environment, one.id, choose), ...badge(one.change)],
      one.system,
      one.namespace || '–',
      kind === 'job' ? fact(one, 'Runs') : fact(one, 'Pods'),
      fact(one, 'CPU of each pod'),
      fact(one, 'Memory of each pod'),
      kind === 'data' ? fact(one, 'Volume of each pod') : one.about,
    ),
  );
  const head = [
    'Name',
    'System',
    'Namespace',
    kind === 'job' ? 'Runs' : 'Pods',
    'CPU',
    'Memory',
    kind === 'data' ? 'Volume' : 'What it does',
  ];
  if (kind !== 'outside') return [section(`${TITLES[kind]} (${own.length})`, table(head, rows, 'things'))];
  const outside = own.map((one) => row([buttonFor(environment, one.id, choose)], one.system, one.namespace || '–'));
  return [section(`${TITLES[kind]} (${own.length})`, table(['Name', 'Seen from', 'Namespace'], outside))];
}

function changesSection({ data }: Environment): HTMLElement[] {
  if (data.against === undefined) return [];
  const rows = data.changes.map(({ change, title, risks }) => row([...badge(change)], title, risks.join(', ')));
  const title = `Changes since ${data.against} (${rows.length})`;
  const none = element('p', { class: 'hint' }, 'Nothing changes.');
  return [section(title, rows.length === 0 ? none : table(['', 'Object', 'Risks'], rows))];
}

/** Everything below the picture, for what the filter shows. @param choose is told the id of what was chosen */
export function sectionsOf(
  environment: Environment,
  ids: ReadonlySet<string>,
  choose: (id: string) => void,
): HTMLElement[] {
  const shown = environment.data.things.filter(({ id }) => ids.has(id));
  const systems = new Set(shown.map(({ system }) => system));
  return [
    ...changesSection(environment),
    ...budgetsSection(environment),
    ...entriesSection(environment, systems, choose),
    ...KINDS.flatMap((kind) => thingsSection(environment, kind, shown, choose)),
    systemsSection(environment, systems),
  ];
}
