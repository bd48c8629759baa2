/** How Render builds an image from the application's sources. Paths are relative to the repository. */
export interface Build {
  readonly dockerfile: string;
  readonly context: string;
  /** The files whose changes build it again. */
  readonly paths: readonly string[];
}

/** A static site instead of a container. */
export interface StaticSite {
  readonly build: string;
  readonly publish: string;
  readonly paths: readonly string[];
}

/** A disk of one service. */
export interface Disk {
  readonly path: string;
  /** In GB. */
  readonly size: number;
  /** The new paths of folders, by their old ones. */
  readonly moved: Readonly<Record<string, string>>;
}

/** What is said about one component for Render alone. */
export interface ServiceOptions {
  /** @default - the smallest one with the limits of the component */
  readonly plan?: string | undefined;
  /** @default - the image is pulled */
  readonly build?: Build | undefined;
  /** @default - it is a container */
  readonly static?: StaticSite | undefined;
  /** @default - that of the image; it has to be known where variables are put together */
  readonly command?: string | undefined;
  /** @default - nothing runs before a deploy */
  readonly preDeploy?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** @default - the host of the environment, if it has the root of that */
  readonly domain?: string | undefined;
  /** Why everyone may reach it. @default - the environment has to say so */
  readonly public?: string | undefined;
  /** @default - none */
  readonly disk?: Disk | undefined;
}

/** Nothing is said about a component. */
export const NO_OPTIONS: ServiceOptions = { env: {} };

/** A PostgreSQL database of Render. */
export interface DatabaseOptions {
  readonly name: string;
  readonly user: string;
  readonly major: number;
  readonly plan: string;
  /** In GB. */
  readonly size: number;
  /** Whether services connect through the platform's PgBouncer. */
  readonly pool: boolean;
  /** The components and clusters whose place it takes. */
  readonly replaces: readonly string[];
}

/** What is said about a system for Render alone. */
export interface RenderOptions {
  readonly region: 'oregon' | 'ohio' | 'virginia' | 'frankfurt' | 'singapore';
  /** @default - that of the Blueprint */
  readonly repository?: string | undefined;
  /** The credentials of the registry. @default - images are public */
  readonly registry?: string | undefined;
  /** @default - no environments for pull requests */
  readonly previews?: { readonly generation: 'manual' | 'automatic'; readonly days: number } | undefined;
  readonly services: Readonly<Record<string, ServiceOptions>>;
  /** @default - none */
  readonly database?: DatabaseOptions | undefined;
  /** Components and tasks that Render does not get, with the reason. */
  readonly without: Readonly<Record<string, string>>;
}

/** A mistake in what is said for Render: the path of the setting, below that of the environment, and a sentence. */
export interface RenderProblem {
  readonly path: readonly string[];
  readonly message: string;
}
