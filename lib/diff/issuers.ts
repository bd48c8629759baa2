import type { Change } from '../manifests/change';
import type { ManifestObject } from '../manifests/object';
import type { Mark } from './mark';

/** Let's Encrypt's production, whose certificates browsers trust. Source: letsencrypt.org, ACME Directory. */
const TRUSTED = 'https://acme-v02.api.letsencrypt.org/directory';

/** Who signs the certificates of an issuer. Source: cert-manager.io, Issuer configuration. */
function signerOf({ spec }: ManifestObject): string {
  return spec?.acme?.server ?? (spec?.ca === undefined ? 'nobody' : `the private authority in ${spec.ca.secretName}`);
}

/** Issuers of cert-manager that go, or whose certificates clients may not trust any more. */
export function issuerMarks({ before, after }: Pick<Change, 'before' | 'after'>): Mark[] {
  if (before?.kind === 'Certificate' && before.spec?.isCA === true && after === undefined) {
    return [
      { risk: 'hostRemoved', message: 'its authority is made anew elsewhere, or goes: clients do not trust it yet' },
    ];
  }
  if (!/^(Cluster)?Issuer$/.test(before?.kind ?? '') || before === undefined) return [];
  if (after === undefined) return [{ risk: 'hostRemoved', message: 'certificates that name it are renewed no longer' }];
  const [from, to] = [signerOf(before), signerOf(after)];
  if (from === to || to === TRUSTED) return [];
  return [
    {
      risk: 'hostRemoved',
      message: `certificates are signed by ${to}, no longer by ${from}: browsers may refuse them`,
    },
  ];
}
