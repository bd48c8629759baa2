import { quantityOf } from '../../base/quantity';
import { type Condition, need, refuse } from './condition';
import * as is from './forms';
import { nodeTerms } from './scheduling';

/** The API server takes flexVolume beside another kind of volume. */
const isOneVolume = (kinds: readonly string[]): boolean =>
  kinds.filter((kind) => kind !== 'flexVolume').length === (kinds.length > 1 || kinds[0] !== 'flexVolume' ? 1 : 0);

const DRIVER = 'the name of a driver: at most 63 letters, digits, dashes and dots';

const secret = (at: string): Condition[] => [
  need(`${at}.name`, () => true, 'the name of a Secret'),
  need(`${at}.namespace`, () => true, 'the namespace of the Secret'),
  refuse(`${at}.name`, is.isNoSubdomain, is.SUBDOMAIN),
  refuse(`${at}.namespace`, is.isNoLabel, 'the namespace of the Secret'),
];

const SOURCES =
  'awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs hostPath iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume'.split(
    ' ',
  );

/** What the API server refuses in a PersistentVolume. */
const VOLUME: readonly Condition[] = [
  need('spec.capacity', () => true, 'a capacity of storage'),
  refuse(
    'spec.capacity',
    (capacity) => Object.keys(capacity).join() !== 'storage' || !((quantityOf(capacity.storage) ?? 0) > 0),
    'a capacity of storage',
  ),
  need('spec.accessModes', () => true, 'at least one mode'),
  refuse('spec.accessModes', is.isEmpty, 'at least one mode'),
  refuse('spec.storageClassName', (name) => name !== '' && is.isNoSubdomain(name), is.SUBDOMAIN),
  need('spec', () => true, 'a capacity, accessModes and a kind of volume'),
  refuse('spec.csi.volumeHandle', is.isEmpty, 'the name of the volume'),
  refuse('spec.csi.driver', (name) => name === '' || is.isNoDriver(name), DRIVER),
  ...['controllerPublish', 'controllerExpand', 'nodePublish', 'nodeExpand'].flatMap((step) =>
    secret(`spec.csi.${step}SecretRef`),
  ),
  refuse('spec', (spec) => !isOneVolume(is.fieldsOf(spec, SOURCES)), 'exactly one kind of volume'),
  refuse('spec.nfs.server', is.isEmpty, 'a server'),
  refuse('spec.nfs.path', (path) => !String(path).startsWith('/'), 'a path that begins with a slash'),
  ...['local', 'hostPath'].map((kind) => refuse(`spec.${kind}.path`, is.isEmpty, 'a path')),
  ...is.iscsi('spec.iscsi'),
  need('spec.nodeAffinity', (_, { local }) => local != null, 'the nodes of the local volume'),
  need('spec.nodeAffinity.required', () => true, 'nodeSelectorTerms'),
  ...nodeTerms('spec.nodeAffinity.required.nodeSelectorTerms'),
  refuse(
    'spec.volumeAttributesClassName',
    (name, { csi }) => name !== '' && csi == null,
    'a volume of a csi driver, which alone has attributes',
  ),
  refuse('spec.nodeAffinity.required.nodeSelectorTerms', is.isEmpty, 'at least one term'),
];

const TOPOLOGY = 'allowedTopologies[].matchLabelExpressions[].values';

const CLASS: readonly Condition[] = [
  refuse('parameters', (parameters) => Object.keys(parameters).includes(''), 'names of parameters'),
  refuse(
    'allowedTopologies',
    (terms) => is.hasTwice(terms, ({ matchLabelExpressions }) => JSON.stringify(matchLabelExpressions ?? [])),
    'each term once',
  ),
  need('allowedTopologies[].matchLabelExpressions', () => true, 'labels of nodes'),
  refuse('allowedTopologies[].matchLabelExpressions', is.isEmpty, 'labels of nodes'),
  refuse('allowedTopologies[].matchLabelExpressions', (all) => is.hasTwice(all, ({ key }) => key), 'each key once'),
  refuse('allowedTopologies[].matchLabelExpressions[].key', is.isNoQualifiedName, 'a label of nodes'),
  refuse(TOPOLOGY, (values) => is.isEmpty(values) || is.hasTwice(values, String), 'at least one value, each once'),
  is.choiceOrDefault('reclaimPolicy', 'Retain', 'Delete'),
  is.choice('volumeBindingMode', 'Immediate', 'WaitForFirstConsumer'),
  refuse(
    'provisioner',
    (name) => name === '' || is.isNoQualifiedName(String(name).toLowerCase()),
    'the name of a driver',
  ),
];

const LIFECYCLES = ['Persistent', 'Ephemeral'];
const GROUP_POLICIES = ['ReadWriteOnceWithFSType', 'File', 'None'];

const CSI_DRIVER: readonly Condition[] = [
  is.choice('spec.fsGroupPolicy', ...GROUP_POLICIES),
  is.choice('spec.volumeLifecycleModes[]', ...LIFECYCLES),
  refuse('spec.tokenRequests', (all) => is.hasTwice(all, ({ audience = '' }) => audience), 'each audience once'),
  refuse('spec.tokenRequests[].expirationSeconds', is.isOutside(600, 2 ** 32), 'at least 600 seconds'),
  refuse('spec.nodeAllocatableUpdatePeriodSeconds', is.isBelow(10), 'at least 10 seconds'),
];

const CSI_NODE: readonly Condition[] = [
  refuse('spec.drivers', (all) => is.hasTwice(all, ({ name }) => name), 'each name once'),
  refuse('spec.drivers[].name', (name) => name === '' || is.isNoDriver(name), DRIVER),
  refuse('spec.drivers[].nodeID', (id) => id === '' || String(id).length > 256, 'at most 256 letters'),
  refuse('spec.drivers[].topologyKeys', (keys) => is.hasTwice(keys, String), 'each key once'),
  refuse('spec.drivers[].topologyKeys[]', is.isNoQualifiedName, 'a label of nodes'),
  refuse('spec.drivers[].allocatable.count', is.isNegative, is.FROM_ZERO),
];

const ATTACHMENT: readonly Condition[] = [
  refuse('spec.attacher', (name) => name === '' || is.isNoDriver(name), DRIVER),
  refuse('spec.nodeName', is.isNoSubdomain, is.SUBDOMAIN),
  refuse(
    'spec.source',
    is.isNotOne('inlineVolumeSpec', 'persistentVolumeName'),
    'exactly one of inlineVolumeSpec and persistentVolumeName',
  ),
  refuse('spec.source.persistentVolumeName', is.isNoSubdomain, is.SUBDOMAIN),
];

const ATTRIBUTES: readonly Condition[] = [
  refuse('driverName', (name) => name === '' || is.isNoQualifiedName(String(name).toLowerCase()), DRIVER),
  need('parameters', () => true, 'at least one parameter'),
  refuse(
    'parameters',
    (all) => Object.keys(all).length === 0 || Object.hasOwn(all, ''),
    'at least one parameter, with a name',
  ),
];

/** What the API server refuses in storage, by group and kind. Source: Kubernetes, pkg/apis/storage/validation and core/validation. */
export const STORAGE: Readonly<Record<string, readonly Condition[]>> = {
  '/PersistentVolume': VOLUME,
  'storage.k8s.io/StorageClass': CLASS,
  'storage.k8s.io/CSIDriver': CSI_DRIVER,
  'storage.k8s.io/CSINode': CSI_NODE,
  'storage.k8s.io/VolumeAttachment': ATTACHMENT,
  'storage.k8s.io/VolumeAttributesClass': ATTRIBUTES,
};
