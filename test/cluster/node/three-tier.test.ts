import { createServer } from 'node:net';
import { type Address, exposedPathsOf, findEdgeAddress } from '../../../commands/shared/exposed-paths';
import { run } from '../../../commands/shared/kubectl';
import { currentCluster } from '../../../commands/shared/local-cluster';
import { buildStandIns, standInsOf, withStandIns } from '../../../commands/up/stand-ins';
import { writeVariant } from '../../../commands/up/variant';
import { type Image, imageReference } from '../../../lib/base/image';
import { type BuiltSystem, isSystem } from '../../../lib/pipeline/build';
import { judge } from '../../../lib/pipeline/judge';
import { type Any, folderWith, projectWithSources } from '../../support';
import { eventually, kubectlFor, sleep, testCluster } from '../cluster';
import { becomeAvailable, podsOf } from '../rollout';
import { CANNOT_WRITE, publishPublicImages } from './images';
import { type Call, call, Load, type Reply } from './load';
import { expectDeclaredReach } from './reach';
import { converse } from './web-socket';

const SYSTEM = 'three-tier';
const HOST = 'three-tier.localhost';
const [app, data] = ['three-tier-dev', 'three-tier-dev-data'];
/** An address of the Internet, which this machine has during a test. */
const PUBLIC = '1.2.3.4';

const cluster = testCluster();
const kubectl = kubectlFor(cluster);
const onKit = cluster.kit ? describe : describe.skip;

onKit('three-tier', () => {
  const root = projectWithSources();
  const images = standInsOf(root, SYSTEM);
  const own = imageReference(images['services.api'] as Image);
  const folder = folderWith({});
  let built: BuiltSystem;
  let edge: Address;

  /** Writes the manifests of dev with the stand-ins, and another log level, by which pods are replaced. */
  function write(logLevel: string) {
    const made = writeVariant(
      root,
      'dev',
      SYSTEM,
      {
        [SYSTEM]: (document) => {
          withStandIns(root, SYSTEM)[SYSTEM]?.(document);
          document.set('logLevel', logLevel);
        },
      },
      folder,
    );
    expect(judge([made])).toEqual([]);
    if (!isSystem(made)) throw new Error(`${SYSTEM} is no system`);
    built = made;
  }

  async function apply() {
    await kubectl.run('apply', '--server-side', '-R', '-f', folder);
    await becomeAvailable(kubectl, built.objects, 300);
  }

  const ask = (path: string, more: Partial<Call> = {}): Promise<Reply> => call(edge, { host: HOST, path, ...more });
  const note = (text: string): Call => ({
    host: HOST,
    path: '/api/notes',
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text }),
  });
  const chat = (text: string) =>
    converse(edge, { host: HOST, path: '/chat/stream', text }, (answer) => answer.includes('"end"'));
  const texts = async (): Promise<string[]> => JSON.parse((await ask('/api/notes')).body);

  beforeAll(async () => {
    const there = (await kubectl.get('namespaces')).map(({ metadata }) => metadata.name);
    if (there.includes(app)) throw new Error(`the cluster has ${app} already; npm run down`);
    const { local } = await currentCluster(kubectl);
    if (local === undefined) throw new Error('images can only be loaded into clusters on this machine');
    await buildStandIns(root, SYSTEM, local);
    write('debug');
    await publishPublicImages(cluster.kit as string, built.objects, [own]);
  }, 600_000);

  afterAll(async () => {
    await kubectl.run('delete', 'namespace', app, data, '--ignore-not-found', '--timeout=200s');
  }, 300_000);

  test('everything becomes ready, and its migrations run before the first request', async () => {
    await apply();
    edge = (await findEdgeAddress(kubectl, exposedPathsOf(built.objects)[0] as Any, 60)) as Address;
    if (edge === undefined) throw new Error('no edge answers; the cluster needs a controller for IngressClass nginx');
    await eventually(30, async () => expect((await call(edge, note('first'))).status).toBe(200));
    expect(await texts()).toEqual(['first']);
    // The two forms of the database's address, for the two kinds of clients, lead to the same database.
    const { body } = await ask('/api/database');
    expect(JSON.parse(body)).toEqual({ url: 'three_tier@three_tier', npgsql: 'three_tier@three_tier' });
  });

  test('the frontend is told the addresses of API and chat, and has an answer for every path', async () => {
    const config = await ask('/config.js');
    expect(config.status).toBe(200);
    expect(JSON.parse(config.body.replace(/^window\.APP_CONFIG = |;\s*$/g, ''))).toEqual({
      API_URL: '/api',
      CHAT_URL: `ws://${HOST}/chat/stream`,
    });
    for (const path of ['/', '/a/page/of/the/app']) expect((await ask(path)).body).toContain('nginx');
  });

  test('a chat over the WebSocket arrives word by word, and ends with what the API says', async () => {
    const said = await chat('word by word');
    const { length: notes } = await texts();
    expect(said.map(({ text }) => JSON.parse(text))).toEqual([
      ...['word', 'by', 'word'].map((text) => ({ text })),
      { end: true, notes },
    ]);
    expect((said[2]?.at ?? 0) - (said[0]?.at ?? 0)).toBeGreaterThan(150); // nothing on the way holds frames back
  });

  test('nobody reaches the internal API from outside, however the path is written', async () => {
    // Not with %2F, which nginx decodes and the kit's Traefik does not: it passes /api/internal%2Fnotes on as another path.
    const paths = ['/api/internal', '/api/internal/notes', '/api/internal/', '/api/x/../internal/notes'];
    for (const path of [...paths, '/api//internal/notes', '/api/%69nternal/notes']) {
      const { status, body } = await ask(path);
      expect([path, [403, 404, 400].includes(status), body.includes('"notes"')]).toEqual([path, true, false]);
    }
    expect((await ask('/api/notes')).status).toBe(200);
  });

  test('policies allow exactly the declared connections, between pods and to the Internet', async () => {
    const server = createServer((socket) => socket.destroy());
    const address = (what: string) => run('ip', ['address', what, `${PUBLIC}/32`, 'dev', 'lo']);
    expect(await address('add')).toMatchObject({ code: 0 });
    try {
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(443, PUBLIC, resolve));
      const ways = await expectDeclaredReach(kubectl, built, own, [
        { name: 'the Internet', address: PUBLIC, port: 443 },
      ]);
      const among = (...pairs: [string, string][]) =>
        pairs.map(([from, to]) => ways.some((way) => way.startsWith(`${from} -> ${to} `)));
      const [api, web, neuron, tools] = ['api', 'web', 'neuron', 'crm-tools'].map((name) => `${app}/${name}`) as [
        string,
        string,
        string,
        string,
      ];
      const postgres = `${data}/postgres`;
      const allowed = among([api, postgres], [neuron, api], [neuron, tools], [tools, api], [api, 'the Internet']);
      expect(allowed).toEqual(allowed.map(() => true));
      const refused = among(
        [web, postgres],
        [tools, postgres],
        [neuron, postgres],
        [web, neuron],
        [web, api],
        [api, neuron],
        [tools, neuron],
        [web, 'the Internet'],
        [neuron, 'the Internet'],
      );
      expect(refused).toEqual(refused.map(() => false));
    } finally {
      server.close();
      await address('delete');
    }
  });

  test('a change rolls out without a failed request or chat, and no acknowledged note is lost', async () => {
    const pods = async (component: string) =>
      (await podsOf(kubectl, app, { component })).map(({ metadata }) => metadata.name);
    const before = [...(await pods('api')), ...(await pods('neuron'))];
    const load = new Load(edge, ({ text }) => note(text), [SYSTEM], 8);
    const cut: string[] = [];
    let over = false;
    const talk = async () => {
      while (!over) await chat('still there').catch(({ message }) => cut.push(message));
    };
    const talking = talk();
    try {
      await sleep(2000);
      write('info');
      await apply();
      await sleep(2000);
    } finally {
      over = true;
      await Promise.all([load.stop(), talking]);
    }
    const after = [...(await pods('api')), ...(await pods('neuron'))];
    expect(after.filter((name) => before.includes(name))).toEqual([]);
    expect([load.failed, cut]).toEqual([[], []]);
    expect(load.acknowledged.length).toBeGreaterThan(30);
    const kept = await texts();
    expect(load.acknowledged.filter(({ text }) => kept.filter((one) => one === text).length !== 1)).toEqual([]);
  });

  test('at the end no log has a refused write', async () => {
    for (const namespace of [app, data]) {
      for (const { metadata } of await kubectl.get('pods', '-n', namespace)) {
        const log = await kubectl.run('logs', '-n', namespace, metadata.name, '--all-containers', '--tail=-1');
        expect([metadata.name, log.match(CANNOT_WRITE)?.[0]]).toEqual([metadata.name, undefined]);
      }
    }
  });
});
