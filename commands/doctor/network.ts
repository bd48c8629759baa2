import ipaddr from 'ipaddr.js';
import type { Live, View } from '../shared/view';
import { ofKind, type Requirements } from './requirements';
import { missing, ok, type Row, rowsFromList, unknown } from './row';

const DAEMONS = '/apis/apps/v1/daemonsets';

/** DaemonSets of network plugins that enforce NetworkPolicies. */
const ENFORCING =
  /^(calico-node|canal|cilium|antrea-agent|kube-router|weave-net|ovnkube-node|anetd|azure-npm|azure-cns-cilium|romana-agent)$/;
/** Those that enforce them only with an option, or since some version. */
const OPTIONAL = /^(aws-node|kindnet|netd)$/;
/** Those that do not enforce them. */
const NOT_ENFORCING = /^kube-flannel/;

function pluginRow(daemons: readonly Live[], row: Pick<Row, 'what' | 'needed'>): Row {
  const named = (pattern: RegExp) => daemons.find(({ metadata }) => pattern.test(metadata.name));
  const enforces = named(ENFORCING);
  if (enforces !== undefined) return ok({ ...row, found: enforces.metadata.name });
  const optional = named(OPTIONAL);
  const args = (optional?.spec.template.spec.containers ?? []).flatMap(({ args: all = [] }: Live) => all);
  if (args.includes('--enable-network-policy=true'))
    return ok({ ...row, found: `${optional.metadata.name}, with the option` });
  const proof = 'test it: a Service of the environment has to refuse a connection from a pod in default';
  if (optional !== undefined) return unknown({ ...row, found: `${optional.metadata.name}, which may` }, proof);
  const not = named(NOT_ENFORCING);
  if (not !== undefined)
    return missing(
      { ...row, found: `${not.metadata.name}, which does not` },
      'install a plugin such as Calico or Cilium',
    );
  return unknown({ ...row, found: 'no known one' }, proof);
}

/** Whether the network plugin enforces NetworkPolicies. */
export function networkPluginRows(requirements: Requirements, view: View): Promise<Row[]> {
  const count = ofKind(requirements, 'NetworkPolicy').length;
  if (count === 0) return Promise.resolve([]);
  const row = { what: 'network plugin', needed: `one that enforces ${count} NetworkPolicies` };
  return rowsFromList(view, DAEMONS, row, (daemons) => pluginRow(daemons, row));
}

/** The addresses that the node-local DNS cache listens on, by its arguments. */
function cacheAddresses(daemon: Live): string[] {
  const args: string[] = daemon.spec.template.spec.containers.flatMap(({ args: all = [] }: Live) => all);
  const at = args.indexOf('-localip');
  const text = at < 0 ? args.find((arg) => arg.startsWith('-localip='))?.slice(9) : args[at + 1];
  return (text ?? '').split(',').filter((address) => ipaddr.isValid(address));
}

/** The node-local DNS cache, to which policies have to allow egress. */
export function dnsCacheRows({ systems }: Requirements, view: View): Promise<Row[]> {
  const ranges = [...new Set(systems.flatMap(({ model }) => model.dnsCaches))];
  const row = { what: 'node-local DNS', needed: ranges.length === 0 ? 'none' : `none, or at ${ranges.join(', ')}` };
  return rowsFromList(view, DAEMONS, row, (daemons) => {
    const daemon = daemons.find(({ metadata }) => metadata.name === 'node-local-dns');
    if (daemon === undefined) return ok({ ...row, found: 'none' });
    // It also listens on the address of the cluster's DNS, which policies allow anyway.
    const own = cacheAddresses(daemon).filter((address) => ipaddr.parse(address).range() === 'linkLocal');
    const found = { ...row, found: own.join(', ') || 'node-local-dns, without a known address' };
    if (own.length === 0) return unknown(found, 'check that dns.nodeLocal has its addresses');
    const known = (address: string) =>
      systems.every(({ model }) =>
        model.dnsCaches.some((range) => ipaddr.parse(address).match(ipaddr.parseCIDR(range) as never)),
      );
    const lacking = own.filter((address) => !known(address));
    if (lacking.length === 0) return ok(found);
    return missing(
      found,
      `set dns: { nodeLocal: [${lacking.map((address) => `${address}/32`).join(', ')}] }, or pods cannot resolve names`,
    );
  });
}
