import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { salientSchema } from '../../../../charts/salient/settings';
import { environment } from '../../../../lib/config/environment';
import { type Any, PROJECT } from '../../../support';

const staging = parse(readFileSync(join(PROJECT, 'environments/staging/salient.yaml'), 'utf8'));
const { name: _, driver: __, ...server } = staging.database;
const schema = salientSchema(environment('staging'));
const problems = (changed: object) =>
  schema
    .safeParse({ ...staging, ...changed })
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
/** A server with another image for its instances, and one for the drill. */
const of = (tag: string, image?: object): Any => ({ ...server, tag, archive: { ...server.archive, drill: { image } } });
const other = (tag: string) => ({ image: 'example.com/postgresql-with-barman', tag });
const REFUSED = expect.stringMatching(
  /^(database|tenantServers\.eu): an image for the drill of the archive: a tag such as/,
);

describe('the image of the drill of an archive', () => {
  test.each([
    ["the cluster's own of the type system", of('16.10-system-trixie')],
    ['one of its own', of('16.10-standard-trixie', other('16.13'))],
  ])('is %s', (_, database) => {
    expect(problems({ database })).toEqual([]);
    expect(problems({ tenantServers: { eu: database } })).toEqual([]);
  });

  test.each([
    ['the cluster has one without barman-cloud', of('16.10-standard-trixie')],
    ['it has another major', of('16.10-standard-trixie', other('17.6'))],
  ])('is refused when %s', (_, database) => {
    expect(problems({ database })).toEqual([REFUSED]);
    expect(problems({ tenantServers: { eu: database } })).toEqual([REFUSED]);
  });
});
