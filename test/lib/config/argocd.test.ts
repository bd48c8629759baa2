import { InputError } from '../../../lib/base/problem';
import { environment } from '../../../lib/config/environment';
import { loadArgoCd } from '../../../lib/config/load';
import { platformOf, platformSchema } from '../../../lib/config/platform';
import { folderWith } from '../../support';

/** What is wrong with files of environments/, by their names. */
function problems(files: Record<string, string>): string {
  const root = folderWith(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`environments/${name}`, text])),
  );
  try {
    loadArgoCd(root, {});
    return '';
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

test('there need be none', () => {
  expect(loadArgoCd(folderWith({ 'environments/dev/salient.yaml': '' }), {})).toBeUndefined();
});

test('missing settings have defaults', () => {
  const repository = 'git@github.com:yourorg/berth.git';
  expect(loadArgoCd(folderWith({ 'environments/argocd.yaml': `repository: ${repository}\n` }), {})).toMatchObject({
    ...{ repository, revision: 'main', namespace: 'argocd' },
    charts: { loki: expect.stringMatching(/^\d+\.\d+\.\d+$/) },
  });
});

test('all problems are reported at once, with their positions', () => {
  const text = 'repository: https://user:secret@example.com/a\nrevison: main\ncharts: { loki: latest }\n';
  expect(problems({ 'argocd.yaml': text, 'argo.yaml': '' }).split('\n')).toEqual([
    'environments/argo.yaml: is not read here: files of systems are in folders such as environments/prod, expected one of argocd.yaml, compose.yaml, prices.yaml, render.yaml; did you mean argocd.yaml?',
    'environments/argocd.yaml:1:13: repository: given "https://user:secret@example.com/a", expected the address of a git repository without a password, such as https://github.com/yourorg/berth',
    'environments/argocd.yaml:2:1: revison: given an unknown key, expected one of repository, revision, namespace, charts; did you mean revision?',
    'environments/argocd.yaml:3:17: charts.loki: given "latest", expected the version of a chart, such as 1.2.3',
  ]);
});

test('an environment is deployed to the cluster of its name; only production is synced manually', () => {
  const sync = (name: string) => platformOf(environment(name)).argocd;
  expect(sync('staging')).toEqual({ cluster: 'staging', sync: 'automatic', windows: [] });
  expect(sync('prod')).toEqual({ cluster: 'prod', sync: 'manual', windows: [] });
});

test.each([
  [{ schedule: '0 8 * *', duration: '8h' }, 'five fields of cron'],
  [{ schedule: '0 8 * * 1-5', duration: '' }, 'a duration such as 8h'],
  [{ schedule: '0 8 * * 1-5', duration: '8 hours' }, 'a duration such as 8h'],
  [{ schedule: '0 8 * * 1-5', duration: '8h', timeZone: 'CET/+1 h' }, 'a time zone'],
])('a window %j is refused', (window, expected) => {
  const { error } = platformSchema(environment('prod')).safeParse({ argocd: { windows: [window] } });
  expect(JSON.stringify(error?.issues)).toContain(expected);
});
