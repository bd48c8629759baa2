import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import { command, kernel } from './machine';

/** A port of a Service, and its pods. */
export interface ServicePort {
  readonly address: string;
  readonly port: number;
  readonly pods: readonly { readonly address: string; readonly port: number }[];
}

/** The number of laboratories that fit in 198.18.0.0/15, which RFC 2544 reserves for benchmarks. */
export const LABORATORIES = 16;

/** The /20 blocks of each laboratory: of 198.18 for pods, and of 198.19 for Services. */
const BLOCKS = 16;

/** This machine's own address; pods come after it. */
const GATEWAY = 1;

/** The host names of a Service. */
function namesOf(namespace: string, name: string): string {
  const short = `${name}.${namespace}`;
  return `${short}.svc.cluster.local ${short}.svc ${short}`;
}

/** The network of a laboratory: each pod has its own address, and one router connects all of them and this machine. */
export class Network {
  private readonly names = new Map<string, readonly string[]>([
    ['localhost', ['127.0.0.1']],
    ['localhost ip6-localhost', ['::1']],
  ]);
  private links = GATEWAY;
  private services = 0;
  private routing: Promise<unknown> = Promise.resolve();
  private rules = '';
  private closed = false;

  /** @param hosts the file that every pod has as /etc/hosts */
  constructor(
    private readonly lab: string,
    private readonly number: number,
    readonly hosts: string,
  ) {}

  private address(range: 18 | 19, index: number): string {
    if (index >> 8 >= BLOCKS) throw new Error('the laboratory has no address left');
    return `198.${range}.${this.number * BLOCKS + (index >> 8)}.${index & 255}`;
  }

  async open(): Promise<void> {
    const range = (second: 18 | 19) => `${this.address(second, 0)}/20`;
    await kernel('open', this.lab, range(18), range(19), this.address(18, GATEWAY));
    this.writeHosts();
  }

  /** Gives a pod a network namespace. */
  async attach(pod: string, sysctls: readonly string[]): Promise<string> {
    this.links += 1;
    const address = this.address(18, this.links);
    await kernel('attach', this.lab, pod, `p${this.links}`, address, ...sysctls);
    this.name(pod, address); // its own host name, like the kubelet
    return address;
  }

  async detach(pod: string): Promise<void> {
    await kernel('detach', this.lab, pod);
  }

  /** Stops routing, which ends open connections. */
  async close(): Promise<void> {
    this.closed = true;
    await this.routing;
  }

  /** The address behind a name. */
  lookup(name: string): string {
    for (const [names, [address]] of this.names) {
      if (address !== undefined && names.split(' ').includes(name)) return address;
    }
    throw new Error(`there is no name ${name}`);
  }

  /** Adds names of addresses, which pods can resolve at once. */
  name(names: string, ...addresses: readonly string[]): void {
    this.names.set(names, addresses);
    this.writeHosts();
  }

  /** The names of a headless Service, which have the addresses of its pods. */
  headless(namespace: string, name: string, pods: readonly string[]): void {
    this.name(namesOf(namespace, name), ...pods);
  }

  /** The stable address of a Service. */
  service(namespace: string, name: string): string {
    const names = namesOf(namespace, name);
    const [known] = this.names.get(names) ?? [];
    if (known !== undefined) return known;
    this.services += 1;
    const address = this.address(19, this.services);
    this.name(names, address);
    return address;
  }

  /** Routes new connections to Services round-robin to their pods; open connections stay. */
  route(ports: readonly ServicePort[]): Promise<unknown> {
    const answered = ports.filter(({ pods }) => pods.length > 0);
    const forward = answered.map(({ address, port, pods }) => {
      const targets = pods.map((pod, index) => `${index} : ${pod.address} . ${pod.port}`).join(', ');
      return `ip daddr ${address} tcp dport ${port} dnat ip to numgen inc mod ${pods.length} map { ${targets} }`;
    });
    // A pod that connects to itself through its Service would drop a packet with its own address as source.
    const pods = new Set(answered.flatMap((one) => one.pods.map(({ address }) => address)));
    const own = [...pods].map((address) => `ip saddr ${address} ip daddr ${address} masquerade`);
    const rules = [
      'table ip lab',
      'delete table ip lab',
      'table ip lab {',
      'chain forward {',
      'type nat hook prerouting priority dstnat',
      ...forward,
      '}',
      'chain own {',
      'type nat hook postrouting priority srcnat',
      ...own,
      '}',
      '}',
    ].join('\n');
    this.routing = this.routing.then(async () => {
      if (this.closed || rules === this.rules) return;
      const nft = ['ip', 'netns', 'exec', `${this.lab}-router`, 'nft', '-f', '-'];
      const { code, stderr } = await command(nft, { stdin: rules });
      if (code !== 0) throw new Error(`nft: ${stderr}\n${rules}`);
      this.rules = rules;
    });
    return this.routing;
  }

  /** Writes the file in place, because pods mount the file itself, and so that it is never empty. */
  private writeHosts() {
    const lines = [...this.names].flatMap(([names, addresses]) => addresses.map((address) => `${address} ${names}\n`));
    const text = lines.join('');
    const file = openSync(this.hosts, constants.O_RDWR | constants.O_CREAT, 0o644);
    writeSync(file, text, 0);
    ftruncateSync(file, Buffer.byteLength(text));
    closeSync(file);
  }
}
