import { isText, replaceAddresses, type Text } from '../../model/address';
import type { ContainerProps } from '../../model/container';
import { keyIn, type Secret, type SecretKey } from '../../model/secret';
import { table } from '../markdown';
import { byEnvironment, type Program, type Running } from './programs';

type Value = NonNullable<ContainerProps['env']>[string];

/** A text with the Service's name in braces for each address, since full DNS names differ by environment. */
function textOf(text: Text): string {
  return replaceAddresses(text, (address) =>
    address.part === 'port' ? String(address.port.service) : `{${address.of.service}}`,
  );
}

const code = (text: string) => (text === '' ? 'empty' : `\`${text.replaceAll('\n', '\\n').replaceAll('`', "'")}\``);

/** A secret value without what is secret: `postgresql://shop:…@{postgres}:5432/shop`. */
function formOf({ values }: Secret, key: string): string {
  const value = values[key];
  if (value !== undefined && 'template' in value)
    return code(value.template.map((part) => (isText(part) ? textOf(part) : '…')).join(''));
  if (value?.random === 'fernet') return 'a key of Fernet: 32 bytes in Base64 for URLs';
  return value?.random === true ? 'a text of any characters, such as 64 hexadecimal digits' : 'a text';
}

const FACTS = {
  name: 'the name of the pod',
  ip: 'the address of the pod',
  node: 'the name of the node',
  namespace: 'the namespace of the pod',
  cpu: 'the CPU limit in whole cores',
  memory: 'the memory limit in bytes',
} as const;

function valueText(value: Value): string {
  if (isText(value)) return code(textOf(value));
  if ('pod' in value) return FACTS[value.pod];
  if ('limit' in value) return FACTS[value.limit];
  if ('config' in value) return code(textOf(value.config.data[value.key] ?? ''));
  return `secret: ${formOf(value.secret, value.key)}`;
}

/** What the store says of a secret value; of one that is put together, what it says of the parts. */
function aboutSecret({ secret, key }: SecretKey): string {
  const value = secret.values[key];
  if (value === undefined) return '';
  if ('remote' in value) return value.about ?? '';
  const parts = value.template.flatMap((part) => (isText(part) ? [] : [{ secret, key: keyIn(part) }]));
  return [...new Set(parts.map(aboutSecret))]
    .filter((text) => text !== '')
    .map((text) => `with the ${text}`)
    .join(', ');
}

function meaningOf({ container }: Running, name: string): string {
  const value = container.env[name];
  const said = container.meanings[name];
  if (said !== undefined) return said;
  return value !== undefined && !isText(value) && 'secret' in value ? aboutSecret(value) : '';
}

/** The environment variables of a program, with their values and meanings. */
export function variablesOf({ running }: Program): string {
  const names = [...new Set(running.flatMap(({ container }) => Object.keys(container.env)))];
  const rows = names.map((name) => {
    const values = running.map((one) => {
      const value = one.container.env[name];
      return [one.environment, value === undefined ? undefined : valueText(value)] as const;
    });
    const meaning = running.map((one) => meaningOf(one, name)).find((text) => text !== '') ?? '';
    return [code(name), byEnvironment(values), meaning];
  });
  return table(['variable', 'value', 'what it means'], rows) ?? 'It reads no environment variables.';
}
