import { join } from 'node:path';
import { BerthValidation } from '../../commands/check/validation';
import { type Any, folderWith } from '../support';

const service = (port: number) => `apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: ${port} }] }
`;

/** The report of a validation of one manifest. */
async function reportOf(properties: Any, port = 80, text = service(port)) {
  const manifest = join(folderWith({ 'a.yaml': text }), 'a.yaml');
  const report: Any = { violations: [] };
  await new BerthValidation(properties).validate({
    manifests: [manifest],
    report: {
      addViolation: (violation) => report.violations.push(violation),
      submit: (status, metadata) => Object.assign(report, { status, metadata }),
    },
  });
  return report;
}

test('findings of the level, or of a worse one, are a failure', async () => {
  expect(await reportOf(undefined)).toMatchObject({ status: 'failure', violations: [{ ruleName: 'selectors' }] });
  expect(await reportOf({ level: 'broken' })).toMatchObject({ status: 'success', violations: [] });
  expect((await reportOf({ level: 'broken' }, 70_000)).status).toBe('failure');
});

test('rules are chosen, and what is there already is given', async () => {
  expect((await reportOf({ skip: ['selectors'] })).status).toBe('success');
  expect((await reportOf({ rules: ['selectors'] })).status).toBe('failure');
  expect((await reportOf({ given: ['Pod/default/web?app=web'] })).status).toBe('success');
  expect((await reportOf({ given: ['Namespace/shop', 'Pod/shop/web?app=web'], namespace: 'shop' })).status).toBe(
    'success',
  );
});

test('the report counts the objects, and names the definitions', async () => {
  expect((await reportOf({ level: 'broken' })).metadata).toEqual({
    Objects: '1',
    Definitions: expect.stringMatching(/^Kubernetes \d/),
  });
});

test('wrong properties fail, all at once', async () => {
  const { status, violations } = await reportOf({ levels: 'risk', rules: 'schema', namespace: 1, level: 'bad' });
  expect(status).toBe('failure');
  expect(violations.map(({ recommendation }: Any) => recommendation)).toEqual([
    'properties.levels: is unknown, expected one of given, rules, skip, namespace, level; did you mean level?',
    'properties.rules: expected a list of texts',
    'properties.namespace: expected a text',
    'properties.level: given "bad", expected one of broken, risk, policy',
  ]);
  expect((await reportOf({ rules: ['shema'] })).violations[0].recommendation).toContain('did you mean schema?');
});

test('a file that cannot be read fails, and no rule is named for it', async () => {
  const { status, violations } = await reportOf(undefined, 80, 'kind: [bad\n');
  expect(status).toBe('failure');
  expect(violations).toMatchObject([{ ruleName: 'reading', fix: 'correct the file' }]);
});
