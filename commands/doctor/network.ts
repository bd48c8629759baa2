import ipaddr from 'ipaddr.js';
import { missing, ok, type Row, unknown } from './row';
import { fromList, type Live, type View } from './view';
import { ofKind, type Wanted } from './wanted';

const DAEMONS = '/apis/apps/v1/daemonsets';

/** DaemonSets of network plugins that enforce NetworkPolicies. */
const ENFORCE =
  /^(calico-node|canal|cilium|antrea-agent|kube-router|weave-net|ovnkube-node|anetd|azure-npm|azure-cns-cilium|romana-agent)$/;
/** Those that do where they are told to, or since some version. */
const MAY = /^(aws-node|kindnet|netd)$/;
/** Those that do not. */
const DO_NOT = /^kube-flannel/;

function pluginRow(daemons: readonly Live[], row: Pick<Row, 'what' | 'needed'>): Row {
  const named = (pattern: RegExp) => daemons.find(({ metadata }) => pattern.test(metadata.name));
  const enforces = named(ENFORCE);
  if (enforces !== undefined) return ok({ ...row, found: enforces.metadata.name });
  const may = named(MAY);
  const args = (may?.spec.template.spec.containers ?? []).flatMap(({ args: all = [] }: Live) => all);
  if (args.includes('--enable-network-policy=true')) return ok({ ...row, found: `${may.metadata.name}, told to` });
  const prove = 'prove it: a pod in default has to be refused by a Service of the environment';
  if (may !== undefined) return unknown({ ...row, found: `${may.metadata.name}, which may` }, prove);
  const not = named(DO_NOT);
  if (not !== undefined)
    return missing({ ...row, found: `${not.metadata.name}, which does not` }, 'a plugin such as Calico or Cilium');
  return unknown({ ...row, found: 'none that is known' }, prove);
}

/** Whether policies are more than words. */
export function pluginRows(wanted: Wanted, view: View): Promise<Row[]> {
  const count = ofKind(wanted, 'NetworkPolicy').length;
  if (count === 0) return Promise.resolve([]);
  const row = { what: 'network plugin', needed: `one that enforces ${count} NetworkPolicies` };
  return fromList(view, DAEMONS, row, (daemons) => pluginRow(daemons, row));
}

/** The addresses that a node's DNS cache listens on, as it is told them. */
function cacheAddresses(daemon: Live): string[] {
  const args: string[] = daemon.spec.template.spec.containers.flatMap(({ args: all = [] }: Live) => all);
  const at = args.indexOf('-localip');
  const text = at < 0 ? args.find((arg) => arg.startsWith('-localip='))?.slice(9) : args[at + 1];
  return (text ?? '').split(',').filter((address) => ipaddr.isValid(address));
}

/** A cache of DNS on each node, which policies have to let pods ask. */
export function cacheRows({ systems }: Wanted, view: View): Promise<Row[]> {
  const ranges = [...new Set(systems.flatMap(({ model }) => model.dnsCaches))];
  const row = { what: 'node-local DNS', needed: ranges.length === 0 ? 'none' : `none, or at ${ranges.join(', ')}` };
  return fromList(view, DAEMONS, row, (daemons) => {
    const daemon = daemons.find(({ metadata }) => metadata.name === 'node-local-dns');
    if (daemon === undefined) return ok({ ...row, found: 'none' });
    // It also answers at the address of the cluster's DNS, which policies know as that.
    const own = cacheAddresses(daemon).filter((address) => ipaddr.parse(address).range() === 'linkLocal');
    const found = { ...row, found: own.join(', ') || 'node-local-dns, at no address that it says' };
    if (own.length === 0) return unknown(found, 'see that policies let pods ask it: dns.nodeLocal');
    const known = (address: string) =>
      systems.every(({ model }) =>
        model.dnsCaches.some((range) => ipaddr.parse(address).match(ipaddr.parseCIDR(range) as never)),
      );
    const lacking = own.filter((address) => !known(address));
    if (lacking.length === 0) return ok(found);
    return missing(
      found,
      `dns: { nodeLocal: [${lacking.map((address) => `${address}/32`).join(', ')}] }, or pods resolve no names`,
    );
  });
}
