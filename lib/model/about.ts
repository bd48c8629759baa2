/** What a reader of a service's code finds there. */
export interface CodeFacts {
  /** With its version, such as `Python 3.11`. */
  readonly language?: string | undefined;
  readonly framework?: string | undefined;
  /** What builds it, such as Vite. */
  readonly build?: string | undefined;
  /** The most important packages. */
  readonly dependencies?: readonly string[] | undefined;
  /** Its configuration files. */
  readonly files?: readonly string[] | undefined;
}

/** What a system is, in words for those who operate it. Nothing else is derived from them. */
export interface About {
  /** Its architecture in two or three words, such as `3-tier`. */
  readonly pattern?: string | undefined;
  /** What it does, and for whom. */
  readonly description?: string | undefined;
  /** Why it is built as it is. */
  readonly rationale?: string | undefined;
  /** The team or person who answers for it. */
  readonly owner?: string | undefined;
  /** What was not chosen, and why: reasons by names. */
  readonly alternatives?: Readonly<Record<string, string>> | undefined;
  /** What its code shows, by service. */
  readonly services?: Readonly<Record<string, CodeFacts>> | undefined;
  /** What the decision had to consider: the team, the time, what was there before. */
  readonly context?: string | undefined;
  /** What is good about the decision. */
  readonly benefits?: readonly string[] | undefined;
  /** What is not. */
  readonly drawbacks?: readonly string[] | undefined;
  /** How its users log in. */
  readonly authentication?: string | undefined;
  /** When it may be down for maintenance. */
  readonly maintenance?: string | undefined;
  /** Targets that no setting has, by names, such as `concurrent users`. */
  readonly targets?: Readonly<Record<string, string>> | undefined;
  /** What it costs a month, by names, such as `nodes`. */
  readonly costs?: Readonly<Record<string, string>> | undefined;
  /** What it does without on purpose, and why: reasons by names. */
  readonly declined?: Readonly<Record<string, string>> | undefined;
  /** The persons who read its document. */
  readonly reviewedBy?: readonly string[] | undefined;
  /** The person who approved it. */
  readonly approvedBy?: string | undefined;
}

/** A number that follows from what is required of a system. */
export interface Requirement {
  /** What it is, such as `replicas of api at the peak`. */
  readonly name: string;
  /** With its unit. */
  readonly value: string;
  /** How it is calculated, with the numbers: `⌈500 · 10 ms / (0.5 · 0.7)⌉`. */
  readonly formula: string;
  /** The law, book or setting behind the formula. */
  readonly source: string;
}

/** The questions of a deployment's checklist that the objects answer; `open` is for those that they cannot answer. */
export type ChecklistQuestion =
  | 'variables'
  | 'certificates'
  | 'secretsFromStore'
  | 'migrations'
  | 'migrationsTested'
  | 'databaseFirst'
  | 'volumes'
  | 'backups'
  | 'drills'
  | 'monitoring'
  | 'logs'
  | 'healthChecks'
  | 'isolation'
  | 'images'
  | 'apply'
  | 'open';

/** The lines of a deployment's checklist, by its sections, and what answers each. */
export type Checklist = Readonly<Record<string, Readonly<Record<string, ChecklistQuestion>>>>;
