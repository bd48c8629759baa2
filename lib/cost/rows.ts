import { dollars } from './compare';
import type { Estimate } from './estimate';
import { type Bill, GIBIBYTE } from './priced';
import { LOADS, type Use } from './use';

const number = (amount: number) => String(Math.round(amount * 100) / 100);

/** The quantities that pods reserve, by their names and units. */
const QUANTITIES: readonly (readonly [name: string, of: (use: Use) => number])[] = [
  ['pods', ({ pods }) => pods],
  ['CPU, cores', ({ cpu }) => cpu],
  ['memory, GiB', ({ memory }) => memory / GIBIBYTE],
  ['GPUs', ({ gpus }) => gpus],
  ['volumes, GiB', ({ volumes }) => volumes / GIBIBYTE],
];

/** What is reserved at each load, a row for each quantity. GPUs and volumes only where there are any. */
export function useRows({ use }: Pick<Estimate, 'use'>): string[][] {
  const shown = QUANTITIES.filter(([name, of]) => !/^(GPUs|volumes)/.test(name) || of(use.maximum) > 0);
  return shown.map(([name, of]) => [name, ...LOADS.map((load) => number(of(use[load])))]);
}

const monthOf = (bill: Bill) => ('impossible' in bill ? '–' : dollars(bill.month));

/** What a month costs at each load, a row for each place. */
export function priceRows({ options }: Pick<Estimate, 'options'>): string[][] {
  return options.map(({ name, bills }) => [name, ...LOADS.map((load) => monthOf(bills[load]))]);
}

/** What each price consists of at the typical load, or why there is none, as sentences. */
export function itemLines({ options }: Pick<Estimate, 'options'>): string[] {
  return options.map(({ name, bills: { typical } }) => {
    if ('impossible' in typical) return `${name}: not possible: ${typical.impossible}.`;
    const items = typical.items.map(
      ({ name: item, amount, month }) => `${item} ${dollars(month)}${amount === '' ? '' : ` (${amount})`}`,
    );
    return `${name}: ${items.length === 0 ? dollars(0) : items.join(' + ')}.`;
  });
}
