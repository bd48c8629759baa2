/** Options of the command line that providers use. */
export interface ProviderOptions {
  /** The URL of the issuer of the cluster's tokens. @default - unknown */
  readonly issuer?: string | undefined;
  /** The environment, which is part of the names of policies and roles: `prod`. */
  readonly environment: string;
}

/** A policy or trust that has to be set up at the provider. */
export interface Statement {
  /** What it is for and how to apply it, as shell comments. */
  readonly note: string;
  /** A document, or commands. Empty where an option is missing, as the note explains. */
  readonly text: string;
  /** The same as data, where it is JSON. */
  readonly document?: object;
}

/** How to set up one kind of store. */
export interface Provider {
  /** For messages: `AWS Secrets Manager in us-east-1`. */
  readonly title: string;
  /** The policy that allows reading exactly the needed keys. */
  readonly policy: Statement;
  /** The trust that lets the readers' ServiceAccounts use the role or identity of the policy. */
  readonly trust: Statement;
  /**
   * Two bash functions: `create KEY` creates a key with the value on its standard input, and fails if it exists; `extend KEY` adds
   * the properties of the JSON object on its standard input to an existing key.
   */
  readonly functions: string;
  /** A bash loop that lists keys, and properties of those that hold JSON objects, without values. */
  readonly listing: string;
}
