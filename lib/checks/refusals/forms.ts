import { isIP } from 'node:net';
import { IPv4, IPv6, isValidCIDR, parseCIDR } from 'ipaddr.js';
import { percentOf, quantityOf } from '../../base/quantity';
import { type Fields, listOf } from '../cluster/pods';
import { type Condition, refuse } from './condition';

/** Whether a value is a text of a form, of at most some letters. Values that are no text are reported by the rule "schema". */
const isNot =
  (form: RegExp, most: number) =>
  (value: Fields): boolean =>
    typeof value === 'string' && !(value.length <= most && form.test(value));

const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const NAME = '[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';

/** Whether a name is no part of a path: empty, dots, or with a slash or a percent sign. */
export const isNoPathSegment = isNot(/^(?!\.{1,2}$)[^/%]+$/, 1000);
/** The name of a driver of volumes, in any case. */
export const isNoDriver = (value: Fields): boolean =>
  typeof value === 'string' && (value.length > 63 || isNoSubdomain(value.toLowerCase()));
/** A label that begins with a letter, as in names of API groups' versions and kinds. */
export const isNoWord = isNot(/^[a-z](?:[-a-z0-9]*[a-z0-9])?$/, 63);
export const isNoLabel = isNot(new RegExp(`^${LABEL}$`), 63);
export const isNoSubdomain = isNot(new RegExp(`^${LABEL}(?:\\.${LABEL})*$`), 253);
export const isNoQualifiedName = isNot(new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*/)?${NAME}$`), 317);
export const isNoLabelValue = isNot(new RegExp(`^(?:${NAME})?$`), 63);
export const isNoKey = isNot(/^(?!\.{1,2}$)(?!\.\..)[-._a-zA-Z0-9]+$/, 253);

export const SUBDOMAIN = 'lower-case letters, digits, dashes and dots';
export const QUALIFIED_NAME = 'a name such as Ready or example.com/ready';
export const PORT = 'a port from 1 to 65535';
export const PORT_OR_NAME =
  'a port from 1 to 65535, or the name of one: at most 15 lower-case letters, digits and dashes';
export const FROM_ZERO = 'a number from 0';
export const PERCENTAGE = 'a number from 0, or a percentage of at most 100%';

export const isNoPort = (value: Fields): boolean => typeof value === 'number' && !(value >= 1 && value <= 65535);
export const isNoPortOrName = (value: Fields): boolean =>
  isNoPort(value) ||
  (typeof value === 'string' &&
    !(value.length <= 15 && /^[a-z0-9](?:-?[a-z0-9])*$/.test(value) && /[a-z]/.test(value)));

export const isBelow =
  (least: number) =>
  (value: Fields): boolean =>
    typeof value === 'number' && value < least;
export const isNegative = isBelow(0);
export const isOutside =
  (least: number, most: number) =>
  (value: Fields): boolean =>
    typeof value === 'number' && (value < least || value > most);

/** Whether a count of pods is negative, no percentage, or more than all. */
export const isNoShare = (value: Fields): boolean =>
  isNegative(value) || (typeof value === 'string' && (percentOf(value) ?? 101) > 100);
/** Whether a count of pods is negative or no percentage. */
export const isNoCount = (value: Fields): boolean =>
  isNegative(value) || (typeof value === 'string' && percentOf(value) === undefined);

/** Whether an amount of memory or storage is no whole number of bytes: 400m is less than one. */
export const isFractionOfBytes = (value: Fields): boolean => !Number.isInteger(quantityOf(value) ?? 0);

/** Whether one of several amounts by name is no whole number of bytes, where it is of memory or storage. */
export const haveFractionOfBytes = (amounts: Fields): boolean =>
  Object.entries(amounts).some(
    ([name, amount]) => /(?:^|\.)(?:memory|storage|ephemeral-storage)$/.test(name) && isFractionOfBytes(amount),
  );

export const WHOLE_BYTES = 'whole bytes: m means thousandths, Mi mebibytes';

export const isNegativeQuantity = (value: Fields): boolean => (quantityOf(value) ?? 0) < 0;
export const isEmpty = (value: Fields): boolean => value === '' || (Array.isArray(value) && value.length === 0);
export const isNoneOf =
  (...values: string[]) =>
  (value: Fields): boolean =>
    typeof value === 'string' && !values.includes(value);
/** The same for fields in which an empty text means the default. */
export const isNoneOrDefault =
  (...values: string[]) =>
  (value: Fields): boolean =>
    value !== '' && isNoneOf(...values)(value);
export const oneOf = (...values: string[]): string => `one of ${values.join(', ')}`;

/** A field that has one of some values. */
export const choice = (path: string, ...values: string[]): Condition =>
  refuse(path, isNoneOf(...values), oneOf(...values));
/** The same where an empty text means the default. */
export const choiceOrDefault = (path: string, ...values: string[]): Condition =>
  refuse(path, isNoneOrDefault(...values), oneOf(...values));

/** The fields of some names that a value has. */
export const fieldsOf = (value: Fields, names: readonly string[]): string[] =>
  typeof value === 'object' && value !== null ? names.filter((name) => value[name] != null) : [];

export const isNotOne =
  (...names: string[]) =>
  (value: Fields): boolean =>
    fieldsOf(value, names).length !== 1;
export const isSeveral =
  (...names: string[]) =>
  (value: Fields): boolean =>
    fieldsOf(value, names).length > 1;

export const isNoAddress = (value: Fields): boolean => typeof value === 'string' && isIP(value) === 0;

/** Whether a text is no address range such as 10.0.0.0/8. */
export function isNoRange(value: Fields): boolean {
  if (typeof value !== 'string') return false;
  const [, address = '', bits] = /^\s*([^/]{1,64})\/(\d{1,3})\s*$/.exec(value) ?? [];
  const version = isIP(address);
  return version === 0 || Number(bits) > (version === 4 ? 32 : 128);
}

/** Resources of Kubernetes that a container can have. */
const OWN_RESOURCE = /^(?:cpu|memory|ephemeral-storage|hugepages-.+)$/;
export const isNoResource = (name: string): boolean =>
  !OWN_RESOURCE.test(name) && (!name.includes('/') || isNoQualifiedName(name));
export const RESOURCES = 'cpu, memory, ephemeral-storage, hugepages-…, or a name such as example.com/gpu';

export const NETWORK =
  'a range that begins with its first address, such as 10.0.0.0/8; Kubernetes 1.36 and later refuse others';

/** Whether a range begins with an address that is not its first, as 10.0.0.1/8. Refused since Kubernetes 1.36. */
export function hasHostBits(value: Fields): boolean {
  if (typeof value !== 'string' || !isValidCIDR(value)) return false;
  const [address] = parseCIDR(value);
  const first = (address.kind() === 'ipv4' ? IPv4 : IPv6).networkAddressFromCIDR(value);
  return first.toString() !== address.toString();
}

/** Whether an address or range of IPv4 is written as one of IPv6. Refused since Kubernetes 1.36. */
export function isMapped(value: Fields): boolean {
  const [address = ''] = typeof value === 'string' ? value.split('/') : [];
  return IPv6.isValid(address) && IPv6.parse(address).isIPv4MappedAddress();
}
export const IPV4 = 'an address of IPv4 as 10.0.0.1; Kubernetes 1.36 and later refuse the form of IPv6';

/** Whether a path leads out of its folder, or is absolute. */
export const isNoRelativePath = (value: Fields): boolean =>
  typeof value === 'string' && (value.startsWith('/') || value.split('/').includes('..'));

/** Whether a text names no resource of a container, as in `limits.memory`. */
export const isNoResourceField = isNot(/^(?:limits|requests)\.(?:cpu|memory|ephemeral-storage|hugepages-.+)$/, 253);
export const RESOURCE_FIELD =
  'limits or requests of cpu, memory, ephemeral-storage or hugepages-…, such as limits.memory';

/** Whether an amount is no unit in which a resource is told to a container. */
export function isNoDivisor(divisor: Fields, { resource }: Fields): boolean {
  const amount = quantityOf(divisor);
  if (amount === undefined) return false;
  if (/\.cpu$/.test(String(resource))) return ![0, 0.001, 1].includes(amount);
  return amount !== 0 && !DIVISORS.includes(amount);
}
const DIVISORS = [0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1000 ** power, 1024 ** power]);
export const DIVISOR = 'for cpu 1 or 1m, else 1, 1k, 1M, 1Ki, 1Mi …';

/** The conditions on a volume of iSCSI. */
export const iscsi = (at: string): Condition[] => [
  refuse(`${at}.targetPortal`, isEmpty, 'the address of a portal'),
  refuse(
    `${at}.iqn`,
    isNot(/^(?:iqn\.\d{4}-\d\d\.[A-Za-z0-9.]+(?::[^,;*&$|\s]+)?|eui\.[A-Fa-f0-9]{16}|naa\.[A-Fa-f0-9]{32})$/, 223),
    'a name such as iqn.2001-04.com.example:storage',
  ),
  refuse(`${at}.lun`, isOutside(0, 255), 'a number from 0 to 255'),
];

/** Whether a list has two items that are the same by a key. Keys that are undefined are not compared. */
export function hasTwice(items: Fields, keyOf: (item: Fields) => string | undefined): boolean {
  const keys = listOf(items).flatMap((item) => keyOf(item) ?? []);
  return new Set(keys).size < keys.length;
}

/** Whether an expression of a label selector has the wrong number of values for its operator. */
const hasWrongValues = ({ operator, values }: Fields): boolean =>
  (['In', 'NotIn'].includes(operator) && listOf(values).length === 0) ||
  (['Exists', 'DoesNotExist'].includes(operator) && listOf(values).length > 0);

/** Whether a mapping has a key or value that no label may have. */
export const hasNoLabels = (labels: Fields): boolean =>
  typeof labels === 'object' &&
  labels !== null &&
  Object.entries<Fields>(labels).some(([key, value]) => isNoQualifiedName(key) || isNoLabelValue(value));

const LABELS = 'labels: at most 63 letters, digits, dashes, dots and underscores';

/** The conditions on expressions of selectors, of labels or of nodes. */
export const expressions = (at: string): Condition[] => [
  refuse(`${at}[]`, hasWrongValues, 'values for In and NotIn, and none for Exists and DoesNotExist'),
  refuse(`${at}[].key`, isNoQualifiedName, QUALIFIED_NAME),
  refuse(`${at}[].values[]`, isNoLabelValue, LABELS),
];

/** The conditions on a label selector. */
export const labelSelector = (at: string): Condition[] => [
  refuse(`${at}.matchLabels`, hasNoLabels, LABELS),
  ...expressions(`${at}.matchExpressions`),
  refuse(
    `${at}.matchExpressions[].operator`,
    (operator) => !['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator),
    'one of In, NotIn, Exists, DoesNotExist',
  ),
];
