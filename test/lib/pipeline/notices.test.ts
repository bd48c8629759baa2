import { folderWith } from '../../support';
import { synth } from '../../synth';

const BASE = `pattern: microservices
services:
  kiosk: { image: ghcr.io/acme/kiosk, tag: v1.0.0, port: 8080, exposed: /, connectsTo: [mail, bank, internet] }
external:
  mail: { host: mail.example.com, port: 587, addresses: [10.9.1.0/24] }
  bank: { host: bank.example.com, port: 443, addresses: [10.9.2.0/24] }
`;

test('a list that leaves out entries of the one that it replaces is a notice, with the place of that one', async () => {
  const root = folderWith({
    'environments/kiosk.yaml': BASE,
    'environments/dev/kiosk.yaml':
      'hosts: { app: kiosk.localhost }\nservices: { kiosk: { connectsTo: [internet, bank] } }\n',
  });
  const { stdout, stderr, status } = await synth(root);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain(
    'dev/kiosk: note: environments/dev/kiosk.yaml drops "mail" from services.kiosk.connectsTo of environments/kiosk.yaml:3: a list replaces the earlier one\n',
  );
});

test('a list with more entries is none', async () => {
  const root = folderWith({
    'environments/kiosk.yaml': BASE,
    'environments/dev/kiosk.yaml':
      'hosts: { app: kiosk.localhost }\nservices: { kiosk: { connectsTo: [mail, internet, bank, "internet:587"] } }\n',
  });
  expect((await synth(root)).stdout).not.toMatch(/note: .*drops/);
});

test('a base that no environment uses is a notice, and nothing is made of it', async () => {
  const root = folderWith({
    'environments/kiosk.yaml': BASE,
    'environments/club.yaml': BASE,
    'environments/dev/kiosk.yaml': 'hosts: { app: kiosk.localhost }\n',
  });
  const { stdout, status } = await synth(root);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^note: environments\/club\.yaml is used by no environment\n/);
  expect(stdout).not.toMatch(/environments\/kiosk\.yaml is used|dev +club/);
});
