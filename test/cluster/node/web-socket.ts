import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Address } from '../../../commands/shared/exposed-paths';

const TIMEOUT_MS = 15_000;

/** A message of a server, and when it arrived, in milliseconds after the client's. */
export interface Arrived {
  readonly text: string;
  readonly at: number;
}

/** A text in one frame, masked as a client's has to be. Source: RFC 6455, Base Framing Protocol. */
function frameOf(text: string): Buffer {
  const payload = Buffer.from(text);
  if (payload.length > 125) throw new Error(`${payload.length} bytes, expected at most 125`);
  const mask = randomBytes(4);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] as number));
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, masked]);
}

/** The first text frame of a server's bytes, with less than 64 KiB, and what follows it. @default - it is not complete */
function firstFrame(bytes: Buffer): { text: string; rest: Buffer } | undefined {
  if (bytes.length < 4) return undefined;
  const short = bytes.readUInt8(1);
  const start = short === 126 ? 4 : 2;
  const end = start + (short === 126 ? bytes.readUInt16BE(2) : short);
  if (bytes.length < end) return undefined;
  if (bytes.readUInt8(0) !== 0x81) throw new Error(`a frame begins with ${bytes.readUInt8(0)}, expected a whole text`);
  return { text: String(bytes.subarray(start, end)), rest: bytes.subarray(end) };
}

/** Opens a WebSocket through the edge, sends a text, and collects what the server says until one of its messages is the last. */
export function converse(
  { address, port }: Address,
  { host, path, text }: { readonly host: string; readonly path: string; readonly text: string },
  isLast: (text: string) => boolean,
): Promise<Arrived[]> {
  const headers = {
    Host: host,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ host: address, port, path, headers });
    sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error(`no message within ${TIMEOUT_MS} ms`)));
    sent.on('upgrade', (_, socket, head) => {
      const began = Date.now();
      const arrived: Arrived[] = [];
      let bytes: Buffer = head;
      socket.on('error', reject);
      socket.on('close', () => reject(new Error(`closed after ${arrived.length} messages`)));
      socket.on('data', (part: Buffer) => {
        bytes = Buffer.concat([bytes, part]);
        for (let frame = firstFrame(bytes); frame !== undefined; frame = firstFrame(bytes)) {
          bytes = frame.rest;
          arrived.push({ text: frame.text, at: Date.now() - began });
          if (!isLast(frame.text)) continue;
          resolve(arrived);
          socket.destroy();
          return;
        }
      });
      socket.write(frameOf(text));
    });
    sent.on('response', ({ statusCode }) => reject(new Error(`no upgrade, but ${statusCode}`)));
    sent.on('error', reject);
    sent.end();
  });
}
