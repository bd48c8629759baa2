import { quantityOf } from '../../base/quantity';
import { listOf } from '../cluster/pods';
import { type Condition, need, refuse } from './condition';
import * as is from './forms';

/** What the API server refuses in the configuration of webhooks. */
export const WEBHOOKS: readonly Condition[] = [
  refuse('webhooks', (all) => is.hasTwice(all, ({ name }) => name), 'each name once'),
  ...['operations', 'apiGroups', 'apiVersions', 'resources'].flatMap((field) => [
    need(`webhooks[].rules[].${field}`, () => true, 'at least one value'),
    refuse(`webhooks[].rules[].${field}`, is.isEmpty, 'at least one value'),
  ]),
  refuse(
    'webhooks[].admissionReviewVersions[]',
    (version) => typeof version === 'string' && !/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(version),
    'a version such as v1',
  ),
  refuse('webhooks[].timeoutSeconds', is.isOutside(1, 30), 'seconds from 1 to 30'),
  refuse('webhooks[].sideEffects', is.isNoneOf('None', 'NoneOnDryRun'), is.oneOf('None', 'NoneOnDryRun')),
  refuse('webhooks[].failurePolicy', is.isNoneOf('Ignore', 'Fail'), is.oneOf('Ignore', 'Fail')),
  refuse('webhooks[].admissionReviewVersions', is.isEmpty, 'v1'),
  refuse('webhooks[].clientConfig', is.isNotOne('url', 'service'), 'exactly one of url and service'),
  refuse(
    'webhooks[].clientConfig.url',
    (url) => typeof url === 'string' && !/^https:\/\/[^?#@]+$/i.test(url),
    'an address that begins with https://',
  ),
  refuse(
    'webhooks[].name',
    (name) => typeof name === 'string' && (is.isNoSubdomain(name) || name.split('.').length < 3),
    'a name with at least two dots',
  ),
];

/** What the API server refuses in a PersistentVolume. */
export const VOLUME: readonly Condition[] = [
  need('spec.capacity', () => true, 'a capacity of storage'),
  refuse(
    'spec.capacity',
    (capacity) => Object.keys(capacity).join() !== 'storage' || !((quantityOf(capacity.storage) ?? 0) > 0),
    'a capacity of storage',
  ),
  need('spec.accessModes', () => true, 'at least one mode'),
  refuse('spec.accessModes', is.isEmpty, 'at least one mode'),
  refuse('spec.storageClassName', (name) => name !== '' && is.isNoSubdomain(name), is.SUBDOMAIN),
  refuse('spec.csi.volumeHandle', is.isEmpty, 'the name of the volume'),
];

/** What the API server refuses in an EndpointSlice. */
export const SLICE: readonly Condition[] = [
  refuse('endpoints[].addresses', is.isEmpty, 'at least one address'),
  refuse(
    'endpoints[].addresses[]',
    (address, _, { addressType }) => addressType !== 'FQDN' && is.isNoAddress(address),
    'an IP address',
  ),
  refuse('endpoints[].hostname', is.isNoLabel, 'lower-case letters, digits and dashes'),
  refuse('ports', (ports) => is.hasTwice(ports, ({ name = '' }) => name), 'each name once'),
  refuse('ports[].name', (name) => name !== '' && is.isNoLabel(name), 'lower-case letters, digits and dashes'),
];

/** What the API server refuses in a CustomResourceDefinition. */
export const DEFINITION: readonly Condition[] = [
  refuse(
    'metadata.name',
    (name, _, { spec }) =>
      typeof spec?.names?.plural === 'string' &&
      typeof spec?.group === 'string' &&
      name !== `${spec.names.plural}.${spec.group}`,
    'the plural and the group, with a dot between them',
  ),
  refuse(
    'spec.versions',
    (versions) => listOf(versions).filter(({ storage }) => storage === true).length !== 1,
    'exactly one version with storage: true',
  ),
  refuse('spec.scope', is.isNoneOf('Cluster', 'Namespaced'), is.oneOf('Cluster', 'Namespaced')),
];
