// What the page of an environment shows, as plain values: the program writes it into the page as JSON, and the page's script reads it.

/** How something differs from the compared revision. */
export type Change = 'new' | 'changed' | 'gone';

export const KINDS = ['workload', 'data', 'job', 'outside'] as const;

/** What runs for long, what keeps data or is between it and its clients, what runs to its end, and what is not of these systems. */
export type Kind = (typeof KINDS)[number];

/** A workload, a Job, or something outside, with its place in the picture. */
export interface Thing {
  /** Unique: `shop-prod/api`. For what is outside, with the system that it belongs to in the picture. */
  readonly id: string;
  readonly name: string;
  readonly system: string;
  /** Empty for what is outside the cluster. */
  readonly namespace: string;
  readonly kind: Kind;
  /** What it does, in a sentence; empty where nothing says it. */
  readonly about: string;
  /** Further properties: a name and a text each. */
  readonly facts: readonly (readonly [name: string, text: string])[];
  readonly change?: Change | undefined;
}

/** Where the picture has it: the centre and the size, in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A port that is open, and the object that opens it. */
export interface Way {
  /** `TCP 8000`, or host and path. */
  readonly port: string;
  /** `NetworkPolicy shop-prod/api-policy` */
  readonly by: string;
  readonly change?: Change | undefined;
}

/** All that is open between two things, in one direction. */
export interface Line {
  readonly from: string;
  readonly to: string;
  readonly ways: readonly Way[];
  readonly change?: Change | undefined;
}

/** A host and path, and who may use it. */
export interface Entry {
  readonly system: string;
  readonly address: string;
  readonly audience: string;
  /** The ids of the workloads. */
  readonly to: readonly string[];
}

/** The connections of a database server or pooler in the worst case. */
export interface BudgetBar {
  readonly server: string;
  readonly limit: number;
  readonly reserved: number;
  readonly clients: readonly { readonly name: string; readonly connections: number; readonly because: string }[];
}

/** What a system reserves and costs. */
export interface SystemRow {
  readonly name: string;
  readonly about: string;
  readonly namespaces: readonly string[];
  readonly pods: string;
  /** Cores. */
  readonly cpu: string;
  /** GiB. */
  readonly memory: string;
  /** US$ a month at the typical load. Undefined without prices. */
  readonly month?: number | undefined;
  readonly tenants: readonly string[];
}

/** A changed object. */
export interface ChangeRow {
  readonly change: Change;
  readonly title: string;
  /** The risks of the change. */
  readonly risks: readonly string[];
}

export interface ViewData {
  readonly environment: string;
  /** The compared revision. @default - nothing is compared */
  readonly against?: string | undefined;
  readonly systems: readonly SystemRow[];
  readonly total: Pick<SystemRow, 'pods' | 'cpu' | 'memory' | 'month'>;
  /** What the prices are: their date and the cluster. */
  readonly prices?: string | undefined;
  readonly things: readonly Thing[];
  readonly lines: readonly Line[];
  readonly entries: readonly Entry[];
  readonly budgets: readonly BudgetBar[];
  readonly changes: readonly ChangeRow[];
}

/** What the page is given: the values, and the places of things and of the frames of systems. */
export interface PageData extends ViewData {
  readonly boxes: Readonly<Record<string, Box>>;
}
