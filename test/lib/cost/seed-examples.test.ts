import { clusterBill } from '../../../lib/cost/bill';
import type { Bill, RenderService } from '../../../lib/cost/priced';
import { renderBill } from '../../../lib/cost/render';
import { PRICES, priced, SEED } from './seed';

const month = (bill: Bill | undefined) => (bill !== undefined && 'month' in bill ? bill.month : bill);
const service = (name: string, plan: string): RenderService => ({ name, plan, least: 1, most: 1, disk: 0 });

/** What a month on Render costs. */
function onRender(chat: string, admin: string, ui: string, database: string) {
  const services = [service('chat-api', chat), service('admin-api', admin), service('admin-ui', ui)];
  const render = { services, databases: [{ plan: database, disk: 0 }] };
  return month(renderBill(priced(SEED, { render }), 0, PRICES));
}

describe('Render', () => {
  test('the Kubernetes document: three services and a database at $25 are $100', () => {
    expect(onRender('standard', 'standard', 'standard', 'standard')).toBe(100);
  });

  test('the Render document: its recommended plans with a container for the UI are $46', () => {
    expect(onRender('standard', 'starter', 'starter', 'starter')).toBe(46);
  });

  test('with a static UI they are $39; the $21 of the document are those with the chat API on Starter too', () => {
    expect(onRender('standard', 'starter', 'static', 'starter')).toBe(39);
    expect(onRender('starter', 'starter', 'static', 'starter')).toBe(21);
  });
});

describe('clusters, for the workloads of the Kubernetes document', () => {
  const at = (cluster: string, load: number) => clusterBill(priced(SEED), cluster, load, PRICES);

  test('a small managed cluster is $145: 3 nodes at $25, a load balancer and a small database', () => {
    expect(at('managed-small', 0)).toEqual({
      month: 145,
      items: [
        { name: 'nodes', amount: expect.stringMatching(/^3 × e2-small: at least 3/), month: 75 },
        { name: 'load balancers', amount: '1', month: 20 },
        { name: 'databases', amount: '1 × small', month: 50 },
      ],
    });
  });

  test('the most pods need 7 of its nodes, and one that may be away', () => {
    // 20 × 0.2 + 2 × 0.1 + 2 × 0.05 = 4.3 cores; a node has 2 − 1.06 − 0.2 = 0.74 of them, and so 3 pods of the chat API.
    expect(at('managed-small', 1)).toMatchObject({ items: [{ month: 8 * 25 }, {}, {}] });
  });

  test('a medium managed cluster is $370 at every load of the document: 5 nodes at $50', () => {
    expect([0, 0.2, 1].map((load) => month(at('managed-medium', load)))).toEqual([370, 370, 370]);
  });

  test('a self-managed cluster is $170: 3 servers at $40 and a database, without a load balancer', () => {
    expect([0, 1].map((load) => month(at('self-managed', load)))).toEqual([170, 170]);
  });
});
