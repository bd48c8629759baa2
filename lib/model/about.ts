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
  /** How long its logs are kept. */
  readonly logRetention?: string | undefined;
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

/** The questions of a deployment's checklist that the objects answer; `open` is for those that they cannot answer. */
export type ChecklistQuestion =
  | 'variables'
  | 'certificates'
  | 'certificatesObtained'
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
  | 'autoscaling'
  | 'isolation'
  | 'images'
  | 'errorLogs'
  | 'replicas'
  | 'rollouts'
  | 'limits'
  | 'manifests'
  | 'tenantIsolation'
  | 'limitedHosts'
  | 'cluster'
  | 'dns'
  | 'cutover'
  | 'smoke'
  | 'load'
  | 'documentation'
  | 'apply'
  | 'open';

/** The lines of a deployment's checklist, by its sections, and what answers each. */
export type Checklist = Readonly<Record<string, Readonly<Record<string, ChecklistQuestion>>>>;
