import { tlsMarks } from '../../../lib/diff/tls';
import type { ManifestObject } from '../../../lib/manifests/object';

const config = (data: Record<string, string>): ManifestObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'shop', name: 'config' },
  data,
});
const messages = (before: Record<string, string>, after: Record<string, string>) =>
  tlsMarks({ before: config(before), after: config(after) }).map(({ message }) => message);
const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;

test.each([
  ['postgresql://a:b@db:5432/shop?sslmode=verify-full', 'postgresql://a:b@db:5432/shop?sslmode=require'],
  ['postgresql+asyncpg://a:b@db:5432/shop?ssl=verify-full', 'postgresql+asyncpg://a:b@db:5432/shop?ssl=require'],
  ['Host=db;Password=x;SSL Mode=VerifyFull', 'Host=db;Password=x;SSL Mode=Require'],
  ['server_tls_sslmode = verify-full\n', 'server_tls_sslmode = require\n'],
  [
    'main\tdb\t5432\tverify-full\neu\tdb2\t5432\tverify-full\n',
    'main\tdb\t5432\tverify-full\neu\tdb2\t5432\trequire\n',
  ],
  [
    'jdbc:postgresql://db:5432/shop?sslmode=verify-full&sslrootcert=/a',
    'jdbc:postgresql://db:5432/shop?sslmode=require',
  ],
])('%s that becomes %s widens access, and the other way round does not', (before, after) => {
  const [one, ...others] = messages({ text: before }, { text: after });
  expect(one).toMatch(/^text: the certificate of the database server is no longer verified \(require instead/i);
  expect(others).toEqual([]);
  expect(messages({ text: after }, { text: before })).toEqual([]);
});

test('other CA certificates are told by their number, in a bundle too; one that is left out alone is not', () => {
  const [a, b] = [pem('QQ=='), pem('Qg==')];
  expect(messages({ 'ca.crt': a }, { 'ca.crt': b })).toEqual([
    "ca.crt trusts 1 other CA certificate, and 1 of before no longer: nothing connects until the server's certificate is of one that is left",
  ]);
  expect(messages({ 'ca.crt': a }, { 'ca.crt': a + b })).toEqual(['ca.crt trusts 1 other CA certificate']);
  expect(messages({ 'ca.crt': a + b }, { 'ca.crt': b })).toEqual([]);
  expect(messages({ 'ca.crt': a }, { 'ca.crt': `${a}\n` })).toEqual([]);
});
