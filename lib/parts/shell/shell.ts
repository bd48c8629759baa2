import administrators from './administrators.sh';
import background from './background.sh';
import log from './log.sh';
import passwords from './passwords.sh';
import restic from './restic.sh';
import servers from './servers.sh';
import tenants from './tenants.sh';
import url from './url.sh';

const FILES = {
  'administrators.sh': administrators,
  'log.sh': log,
  'passwords.sh': passwords,
  'restic.sh': restic,
  'servers.sh': servers,
  'background.sh': background,
  'tenants.sh': tenants,
  'url.sh': url,
};

/** What the scripts of several parts share, by file name: a part mounts those that its scripts read beside them. */
export function shellFiles(...names: readonly (keyof typeof FILES)[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, FILES[name]]));
}
