import { Agent, request } from 'node:http';
import type { Address } from '../../../commands/shared/exposed-paths';
import { sleep } from '../cluster';

/** The timeout of a request, in milliseconds. */
const RESPONSE_TIMEOUT_MS = 15_000;

/** A complete response. */
export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** A request. */
export interface Call {
  readonly host: string;
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Sends a request through the edge, like a client. */
export function call({ address, port }: Address, asked: Call, agent?: Agent): Promise<Reply> {
  const { host, path, method = 'GET', body = '' } = asked;
  const headers = { ...asked.headers, Host: host, 'Content-Length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const options = { host: address, port, path, method, headers, timeout: RESPONSE_TIMEOUT_MS };
    const sent = request({ ...options, ...(agent && { agent }) }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
      answer.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${RESPONSE_TIMEOUT_MS} ms`)));
    // An edge that refuses a body may respond before it has read all of it.
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A message of a tenant. */
export interface Message {
  readonly tenant: string;
  readonly text: string;
}

/** The request with a message of a tenant. */
export function chat(host: string, { tenant, text }: Message): Call {
  return {
    host,
    path: `/accounts/${tenant}/agents/demo/chat`,
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ message: text }),
  };
}

/** Messages of some tenants at a constant rate. */
export class Load {
  /** The messages that were answered with 200, which must not be lost from then on. */
  readonly acknowledged: Message[] = [];
  readonly failed: string[] = [];
  private readonly agent = new Agent({ keepAlive: true });
  private readonly open = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private sent = 0;

  constructor(
    private readonly edge: Address,
    private readonly asked: (message: Message) => Call,
    private readonly tenants: readonly string[],
    perSecond: number,
  ) {
    this.timer = setInterval(() => {
      const one = this.send().finally(() => this.open.delete(one));
      this.open.add(one);
    }, 1000 / perSecond);
  }

  private async send() {
    const tenant = this.tenants[this.sent % this.tenants.length] as string;
    const message = { tenant, text: `${tenant} ${Date.now()} ${this.sent++}` };
    const began = new Date().toISOString();
    try {
      const { status, body } = await call(this.edge, this.asked(message), this.agent);
      if (status === 200) this.acknowledged.push(message);
      else this.failed.push(`${began} ${status} ${body.slice(0, 100)}`);
    } catch (error) {
      this.failed.push(`${began} ${(error as Error).message}`);
    }
  }

  /** Stops sending, and waits for the responses. */
  async stop() {
    clearInterval(this.timer);
    await Promise.all(this.open);
    this.agent.destroy();
  }
}

/** As many requests as some clients can send, until it is stopped. */
export async function press(edge: Address, asked: () => Call, clients: number, enough: () => Promise<boolean>) {
  let over = false;
  const agent = new Agent({ keepAlive: true });
  const client = async () => {
    while (!over) await call(edge, asked(), agent).catch(() => sleep(100));
  };
  const all = Array.from({ length: clients }, client);
  try {
    while (!(await enough())) await sleep(2000);
  } finally {
    over = true;
    await Promise.all(all);
    agent.destroy();
  }
}
