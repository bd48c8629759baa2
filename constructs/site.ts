import type { Duration, Size } from 'cdk8s';

/** A host that the edge answers for, who may come to it, and what its requests are like. */
export interface Site {
  /** The name of its edge object. */
  readonly name: string;
  readonly host: string;
  /** The Secret that its certificate is kept in. */
  readonly certificate: string;
  /** Everyone, or the address ranges that are let in. */
  readonly audience: 'everyone' | readonly string[];
  /** The largest request body. */
  readonly body: Size;
  /** How long a response may go on, as server-sent events do. @default - the edge's own time-outs */
  readonly stream?: Duration;
}

/** A path prefix of a site. */
export interface Route {
  readonly site: Site;
  readonly path: string;
}
