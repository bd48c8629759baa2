import type { Workloads } from './use';

/** The bytes of a GiB. */
export const GIBIBYTE = 2 ** 30;

/** A service of Render: how many instances of which plan. */
export interface RenderService {
  readonly name: string;
  /** Undefined where no plan with a price is large enough. `static` costs nothing. */
  readonly plan: string | undefined;
  readonly least: number;
  readonly most: number;
  /** GB of its disk. */
  readonly disk: number;
}

/** What Render would run, or why it cannot. */
export type RenderServices =
  | {
      readonly services: readonly RenderService[];
      readonly databases: readonly { readonly plan: string; readonly disk: number }[];
    }
  | { readonly impossible: string };

/** One sum of a bill. */
export interface Item {
  /** What is paid for: `nodes`, `load balancer`. */
  readonly name: string;
  /** How much of it: `5 × e2-standard-2`. */
  readonly amount: string;
  /** US$ a month. */
  readonly month: number;
}

/** What a month costs, or why that cannot be. */
export type Bill = { readonly items: readonly Item[]; readonly month: number } | { readonly impossible: string };

/** What is priced: a system, or all systems of an environment together. */
export interface Priced {
  /** The systems in it, by which `systems` of the prices are found. */
  readonly systems: readonly string[];
  readonly workloads: Workloads;
  /** The external database servers that it uses. */
  readonly databases: number;
  /** US$ a month for the tokens of language models. @default - it is not known */
  readonly tokens?: number | undefined;
  /** The number of tenants that have a database of their own. @default - it has no tenants */
  readonly tenants?: number | undefined;
  /** What Render would run. @default - it is not compared with Render */
  readonly render?: RenderServices | undefined;
}
