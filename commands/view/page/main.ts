// The script of the page: it shows the values that are in the page, and asks for nothing else.
import { KINDS, type PageData } from '../view-data';
import { detailsOf } from './details';
import { element } from './element';
import { type Chosen, graphIn } from './graph';
import { sectionsOf, tilesOf } from './sections';
import { Environment, EVERYTHING, type Filter } from './state';

const environment = new Environment(JSON.parse(document.getElementById('data')?.textContent ?? '') as PageData);
const { data } = environment;

function select(name: string, label: string, values: readonly string[]): HTMLElement {
  const options = values.map((value) => element('option', { value }, value));
  const choice = element('select', { name }, element('option', { value: '' }, 'all'), ...options);
  return element('label', {}, label, choice);
}

function formOf(): HTMLFormElement {
  const unique = (values: readonly string[]) => [...new Set(values)].filter(Boolean).sort();
  const search = {
    type: 'search',
    name: 'text',
    placeholder: 'Search: name, port, policy, tenant',
    'aria-label': 'Search',
  };
  const changed = element('label', {}, element('input', { type: 'checkbox', name: 'changed' }), ' changes only');
  return element(
    'form',
    { role: 'search' },
    element('input', search),
    select('system', 'System', unique(data.things.map(({ system }) => system))),
    select('namespace', 'Namespace', unique(data.things.map(({ namespace }) => namespace))),
    select('kind', 'Kind', KINDS),
    ...(data.against === undefined ? [] : [changed]),
    element('button', { type: 'reset' }, 'Clear'),
    element('button', { type: 'button', id: 'theme' }, 'Dark or light'),
  );
}

function filterOf(form: HTMLFormElement): Filter {
  const values = new FormData(form);
  const text = (name: string) => String(values.get(name) ?? '');
  return {
    ...EVERYTHING,
    text: text('text'),
    system: text('system'),
    namespace: text('namespace'),
    kind: text('kind'),
    changed: values.has('changed'),
  };
}

const button = (label: string, text: string) =>
  element('button', { type: 'button', 'aria-label': label, title: label }, text);

function legendOf(): HTMLElement {
  const kinds = [...KINDS, ...(data.against === undefined ? [] : ['new', 'changed', 'gone'])];
  return element('div', { class: 'legend' }, ...kinds.map((kind) => element('span', { class: `key ${kind}` }, kind)));
}

/** Gives the page the theme of the system, until the button is used. */
function followTheme(button: Element | null, repaint: () => void): void {
  const { dataset } = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  let isChosen = false;
  const set = (isDark: boolean) => {
    dataset.theme = isDark ? 'dark' : 'light';
  };
  set(system.matches);
  system.addEventListener('change', ({ matches }) => {
    if (isChosen) return;
    set(matches);
    repaint();
  });
  button?.addEventListener('click', () => {
    isChosen = true;
    set(dataset.theme !== 'dark');
    repaint();
  });
}

function start(page: HTMLElement): void {
  const form = formOf();
  const canvas = element('div', { class: 'canvas', 'aria-hidden': 'true' });
  const details = element('aside', { 'aria-live': 'polite', 'aria-label': 'Details' });
  const lists = element('div', { id: 'lists' });
  const [larger, smaller, whole] = [button('Zoom in', '+'), button('Zoom out', '−'), button('Show all', '⤢')];
  const tools = element('div', { class: 'tools' }, larger, smaller, whole);
  const since = data.against === undefined ? [] : [element('small', {}, ` since ${data.against}`)];
  const count = element('p', { class: 'hint', role: 'status' });
  page.append(
    element('header', {}, element('h1', {}, data.environment, ...since), form),
    tilesOf(environment),
    count,
    element('div', { class: 'stage' }, element('div', { class: 'picture' }, canvas, tools, legendOf()), details),
    lists,
  );
  let kept: Chosen;
  const show = (chosen: Chosen) => {
    graph.light(chosen);
    details.replaceChildren(...detailsOf(environment, chosen));
  };
  const keep = (chosen: Chosen) => {
    kept = chosen;
    show(chosen);
  };
  followTheme(form.querySelector('#theme'), () => graph.repaint());
  const graph = graphIn(canvas, environment, (chosen) => show(chosen ?? kept), keep);
  const choose = (id: string) => {
    keep({ thing: id });
    details.scrollIntoView({ block: 'nearest' });
  };
  const apply = () => {
    const ids = environment.shownBy(filterOf(form));
    graph.show(ids);
    keep(undefined);
    lists.replaceChildren(...sectionsOf(environment, ids, choose));
    count.textContent = `${ids.size} of ${data.things.length} shown`;
  };
  form.addEventListener('input', apply);
  form.addEventListener('reset', () => setTimeout(apply));
  form.addEventListener('submit', (event) => event.preventDefault());
  larger.addEventListener('click', () => graph.zoom(1.3));
  smaller.addEventListener('click', () => graph.zoom(1 / 1.3));
  whole.addEventListener('click', () => graph.fit());
  document.addEventListener('keydown', ({ key }) => key === 'Escape' && keep(undefined));
  addEventListener('resize', () => graph.fit());
  apply();
}

start(document.getElementById('page') as HTMLElement);
