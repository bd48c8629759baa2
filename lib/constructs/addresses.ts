import { printText, type Text } from '../model/address';

/**
 * A text with addresses as they are in Kubernetes' DNS, whole: who reads it may be in any namespace.
 * Source: kubernetes.io, DNS for Services and Pods.
 */
export function printed(text: Text): string {
  return printText(text, ({ of: { namespace, service }, part }) =>
    part === 'port' ? String(service.port) : `${service.name}.${namespace}.svc.cluster.local`,
  );
}
