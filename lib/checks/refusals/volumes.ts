import { claim } from './claim';
import { type Condition, need, refuse, warn } from './condition';
import * as is from './forms';

const VOLUME_SOURCES =
  'hostPath emptyDir gcePersistentDisk awsElasticBlockStore gitRepo secret nfs iscsi glusterfs persistentVolumeClaim rbd flexVolume cinder cephfs flocker downwardAPI fc azureFile configMap vsphereVolume quobyte azureDisk photonPersistentDisk projected portworxVolume scaleIO storageos csi ephemeral image'.split(
    ' ',
  );

const MODE = 'a mode from 0 to 0777: a number that begins with 0 is octal, and others are decimal';
const isNoMode = is.isOutside(0, 0o777);

/** Files of a volume. */
const files = (at: string): Condition[] => [
  refuse(`${at}.items[].path`, is.isNoRelativePath, 'a path below the volume, without ..'),
  refuse(`${at}.items[].path`, is.isEmpty, 'a path'),
  refuse(`${at}.items[].key`, is.isEmpty, 'a key'),
  refuse(`${at}.items[].mode`, isNoMode, MODE),
];

const DOWNWARD = /^metadata\.(?:name|namespace|uid|labels|annotations|(?:labels|annotations)\['[^']+'\])$/;

const downward = (at: string): Condition[] => [
  ...files(at),
  refuse(`${at}.items[]`, is.isNotOne('fieldRef', 'resourceFieldRef'), 'exactly one of fieldRef and resourceFieldRef'),
  need(`${at}.items[].resourceFieldRef.containerName`, () => true, 'the name of a container'),
  refuse(`${at}.items[].resourceFieldRef.containerName`, is.isEmpty, 'the name of a container'),
  refuse(`${at}.items[].resourceFieldRef.divisor`, is.isNoDivisor, is.DIVISOR),
  refuse(`${at}.items[].fieldRef.apiVersion`, is.isNoneOrDefault('v1'), 'v1'),
  refuse(`${at}.items[].resourceFieldRef.resource`, is.isNoResourceField, is.RESOURCE_FIELD),
  refuse(
    `${at}.items[].fieldRef.fieldPath`,
    (path) => typeof path === 'string' && !DOWNWARD.test(path),
    'metadata.name, namespace, uid, labels or annotations',
  ),
];

const SOURCES = ['secret', 'downwardAPI', 'configMap', 'serviceAccountToken', 'clusterTrustBundle', 'podCertificate'];

/** What the API server refuses in the volumes of a pod. */
export const VOLUMES: readonly Condition[] = [
  refuse('volumes[]', is.isSeveral(...VOLUME_SOURCES), 'one kind of volume'),
  ...['secret', 'configMap', 'projected', 'downwardAPI'].map((kind) =>
    refuse(`volumes[].${kind}.defaultMode`, isNoMode, MODE),
  ),
  ...['secret', 'configMap'].flatMap((kind) => files(`volumes[].${kind}`)),
  ...downward('volumes[].downwardAPI'),
  ...[
    'secret.secretName',
    'configMap.name',
    'projected.sources[].configMap.name',
    'projected.sources[].secret.name',
  ].flatMap((field) => [
    need(`volumes[].${field}`, () => true, 'a name'),
    refuse(`volumes[].${field}`, is.isEmpty, 'a name'),
  ]),
  refuse('volumes[].persistentVolumeClaim.claimName', is.isEmpty, 'the name of a claim'),
  refuse('volumes[].emptyDir.sizeLimit', is.isNegativeQuantity, 'an amount from 0'),
  warn('volumes[].emptyDir.sizeLimit', is.isFractionOfBytes, is.WHOLE_BYTES),
  refuse(
    'volumes[].hostPath.path',
    (path) => path === '' || (typeof path === 'string' && path.split('/').includes('..')),
    'a path without ..',
  ),
  refuse('volumes[].nfs.server', is.isEmpty, 'a server'),
  refuse(
    'volumes[].nfs.path',
    (path) => typeof path === 'string' && !path.startsWith('/'),
    'a path that begins with a slash',
  ),
  refuse('volumes[].projected.sources[]', is.isSeveral(...SOURCES), 'one kind of source'),
  ...['secret', 'configMap'].flatMap((kind) => files(`volumes[].projected.sources[].${kind}`)),
  ...downward('volumes[].projected.sources[].downwardAPI'),
  refuse(
    'volumes[].projected.sources[].serviceAccountToken.expirationSeconds',
    is.isOutside(600, 2 ** 32),
    'at least 600 seconds',
  ),
  refuse('volumes[].projected.sources[].serviceAccountToken.path', is.isEmpty, 'a path'),
  need('volumes[].ephemeral.volumeClaimTemplate', () => true, 'a claim'),
  ...is.iscsi('volumes[].iscsi'),
  refuse('volumes[].csi.driver', (name) => name === '' || is.isNoDriver(name), 'the name of a driver'),
  refuse('volumes[].ephemeral.volumeClaimTemplate.metadata.labels', is.hasNoLabels, 'labels'),
  ...claim('volumes[].ephemeral.volumeClaimTemplate.spec'),
];
