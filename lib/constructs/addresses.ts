import { replaceAddresses, type Text } from '../model/address';

/**
 * Renders a text with Kubernetes DNS names. They are fully qualified, since the reader may be in any namespace.
 * Source: kubernetes.io, DNS for Services and Pods.
 */
export function renderText(text: Text): string {
  return replaceAddresses(text, (address) =>
    address.part === 'port'
      ? String(address.port.service)
      : `${address.of.service}.${address.of.namespace}.svc.cluster.local`,
  );
}
