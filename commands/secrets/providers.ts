import type { StoreNeeds } from '../../lib/pipeline/store-needs';
import { aws } from './aws';
import { azure } from './azure';
import type { Provider, ProviderOptions } from './provider';
import { vault } from './vault';

const PROVIDERS: {
  readonly [Kind in StoreNeeds['store']['kind']]: (needs: StoreNeeds, options: ProviderOptions) => Provider;
} = {
  aws,
  azure,
  vault,
};

/** How to set up the store that an environment reads from. */
export function providerOf(needs: StoreNeeds, options: ProviderOptions): Provider {
  return PROVIDERS[needs.store.kind](needs, options);
}
