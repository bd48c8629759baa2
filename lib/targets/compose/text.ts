import { replaceAddresses, type Text } from '../../model/address';
import { type Component, ownersOfServices } from '../../model/component';

/** Renders a text with the addresses that compose gives. */
export type Print = (text: Text) => string;

/** A text as compose files have it: a `$` would begin a variable. */
export function escaped(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/**
 * Renders addresses: a host is the name of the component, which is that of its service in the compose file, and a port is that of the
 * container. Compose's DNS has an address for each replica, as a headless Service has.
 */
export function printer(components: readonly Component[]): Print {
  const owners = ownersOfServices(components);
  return (text) =>
    replaceAddresses(text, (address) => {
      if (address.part === 'port') return String(address.port.port);
      const { namespace, service } = address.of;
      const owner = owners.get(`${namespace}/${service}`);
      if (owner === undefined) throw new Error(`no component of this system has the Service ${namespace}/${service}`);
      return owner.name;
    });
}
