/** What is asked on the command line beside the environment. */
export interface ProviderOptions {
  /** The issuer of the cluster's tokens, as its provider prints it. @default - not said */
  readonly issuer?: string | undefined;
  /** What policies and roles are called after: `prod`. */
  readonly environment: string;
}

/** Something that the provider has to be told. */
export interface Statement {
  /** What it is for and how it is told, as comments of a shell. */
  readonly note: string;
  /** What is told: a document, or commands. Empty where something is not known yet, as the note says. */
  readonly text: string;
  /** The same as data, where it is JSON. */
  readonly document?: object;
}

/** How one kind of store is made ready. */
export interface Provider {
  /** As it is shown: `AWS Secrets Manager in us-east-1`. */
  readonly title: string;
  /** What lets the readers read what they need, and nothing else. */
  readonly policy: Statement;
  /** What lets the readers' ServiceAccounts be who the policy is for. */
  readonly trust: Statement;
  /**
   * Two functions of bash: `create KEY` makes a key with the value on its standard input and refuses one that is there; `extend KEY`
   * adds the properties of the JSON object on its standard input to those that a key has.
   */
  readonly functions: string;
  /** A bash loop that lists keys, and properties of those that hold JSON objects, without values. */
  readonly listing: string;
}
