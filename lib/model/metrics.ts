/** Where Prometheus scrapes a component, and the names of the metrics that alerts and dashboards use. */
export interface Metrics {
  /** The path of the metrics, such as `/metrics`. */
  readonly path: string;
  /** The number of the container port. @default - the main (first) port */
  readonly port?: number | undefined;
  /**
   * Request metrics of the application: a histogram in seconds (without `_bucket`) and its label with the status code.
   *
   * @default - the request metrics of the edge are used
   */
  readonly requests?: { readonly duration: string; readonly status: string } | undefined;
  /**
   * Metrics of a pool of database connections: the number of clients that wait for a connection, and of open connections.
   *
   * @default - it has no pool
   */
  readonly pool?: { readonly waiting: string; readonly connections: string } | undefined;
  /**
   * Usage of AI models: a counter of tokens, its label with the token type (`input`, `output`) and its label with the model.
   *
   * @default - it uses no models
   */
  readonly tokens?: { readonly count: string; readonly type: string; readonly model: string } | undefined;
}

/** The name of the port that Prometheus scrapes, where it is not one of the ports that the component declares. */
export const METRICS_PORT = 'metrics';
