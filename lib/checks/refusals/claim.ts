import { listOf } from '../cluster/pods';
import { type Condition, refuse, warn } from './condition';
import * as is from './forms';

const MODES = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'];

/** What the API server refuses in the spec of a PersistentVolumeClaim, at a path, which is one of its own or of a template. Source: Kubernetes, pkg/apis/core/validation. */
export const claim = (at: string, isTemplate = true): Condition[] => [
  warn(`${at}.resources.requests.storage`, is.isFractionOfBytes, is.WHOLE_BYTES),
  is.choice(`${at}.accessModes[]`, ...MODES),
  refuse(
    `${at}.accessModes`,
    (modes) => listOf(modes).includes('ReadWriteOncePod') && listOf(modes).length > 1,
    'ReadWriteOncePod alone',
  ),
  is.choice(`${at}.volumeMode`, 'Filesystem', 'Block'),
  refuse(`${at}.storageClassName`, (name) => name !== '' && is.isNoSubdomain(name), is.SUBDOMAIN),
  ...['dataSource', 'dataSourceRef'].map((field) => ({
    ...refuse(
      `${at}.${field}`,
      ({ apiGroup, kind, name }) => !name || !kind || (!apiGroup && kind !== 'PersistentVolumeClaim'),
      'the name and kind PersistentVolumeClaim, or also an apiGroup; of a claim others are left out',
    ),
    level: isTemplate ? ('broken' as const) : ('risk' as const),
  })),
  ...is.labelSelector(`${at}.selector`),
];
