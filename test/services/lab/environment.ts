import type { Any } from '../../support';
import type { Objects } from './objects';

/** `$(NAME)` becomes the variable's value if there is one, `$$` a dollar sign. Source: kubernetes.io, Define Dependent Environment Variables. */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (all, name?: string) =>
    name === undefined ? '$' : (variables[name] ?? all),
  );
}

function fromKey(objects: Objects, namespace: string, from: Any): string | undefined {
  const kind = from.secretKeyRef ? 'Secret' : 'ConfigMap';
  const { name, key, optional } = from.secretKeyRef ?? from.configMapKeyRef;
  const value = objects.values(kind, namespace, name)?.get(key);
  if (value === undefined && !optional) throw new Error(`no key ${key} in ${kind} ${namespace}/${name}`);
  return value?.toString();
}

/**
 * The variables of a container, by the rules of the kubelet.
 *
 * @param given what the image and the runtime set
 * @param fields the values of fieldRef
 * @throws when a reference does not exist
 */
export function environmentOf(
  container: Any,
  objects: Objects,
  namespace: string,
  given: Readonly<Record<string, string>>,
  fields: Readonly<Record<string, string>>,
): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const kind = secretRef ? 'Secret' : 'ConfigMap';
    const { name, optional } = secretRef ?? configMapRef;
    const values = objects.values(kind, namespace, name);
    if (values === undefined && !optional) throw new Error(`no ${kind} ${namespace}/${name}`);
    for (const [key, value] of values ?? []) variables[prefix + key] = value.toString();
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    let found: string | undefined;
    if (valueFrom === undefined) found = expand(value ?? '', variables);
    else if (valueFrom.fieldRef) {
      found = fields[valueFrom.fieldRef.fieldPath];
      if (found === undefined) throw new Error(`the laboratory knows no field ${valueFrom.fieldRef.fieldPath}`);
    } else if (valueFrom.secretKeyRef || valueFrom.configMapKeyRef) found = fromKey(objects, namespace, valueFrom);
    else throw new Error(`the laboratory knows no ${Object.keys(valueFrom)} (variable ${name})`);
    if (found !== undefined) variables[name] = found;
  }
  return { ...given, ...variables };
}
