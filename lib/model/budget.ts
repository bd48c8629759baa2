/** A component or task that holds connections to a database server. */
export interface DatabaseClient {
  /** Its name. */
  readonly name: string;
  /** How many each of its pods holds at the most. */
  readonly perPod: number;
  /** How `perPod` comes about, for people. */
  readonly because: string;
}

/** A database server or a pooler before it, and what connects to it. */
export interface DatabaseServer {
  /** For people. */
  readonly name: string;
  /** `max_connections`. */
  readonly maxConnections: number;
  /** Of these, kept for others than the clients. */
  readonly reserved: number;
  readonly clients: readonly DatabaseClient[];
}
