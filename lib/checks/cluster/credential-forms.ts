/** Patterns of credentials that are recognized by their form alone. */
export const MARKED: readonly (readonly [what: string, form: RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----/],
  ['an AWS access key', /(?<![\w-])A(?:K|S)IA[0-9A-Z]{16}(?!\w)/],
  ['a GitHub token', /(?<![\w-])(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22})/],
  ['a GitLab token', /(?<![\w-])glpat-[\w-]{20}/],
  ['an API key', /(?<![\w-])sk-(?:[a-z0-9]{1,12}-){0,3}\w{16}/],
  ['a Stripe key', /(?<![\w-])[sr]k_(?:live|test)_[A-Za-z0-9]{16}/],
  ['a Slack token', /(?<![\w-])xox[abeoprs]-[A-Za-z0-9-]{10}/],
  ['a Slack webhook', /hooks\.slack\.com\/services\/T\w+\/B\w+\/\w{16}/],
  ['a Google API key', /(?<![\w-])AIza[\w-]{35}/],
  ['a JSON web token', /(?<![\w-])eyJ[\w-]{8,2048}\.eyJ[\w-]{8,8192}\./],
  ['a bearer token', /(?<![\w-])bearer\s{1,8}(?=[^\s\d]{0,64}\d)[\w.~+/-]{16}/i],
  ['a password', /(?<![\w-])authorization["']?:\s{0,8}["']?basic\s{1,8}[A-Za-z0-9+/]{8}/i],
];

/** A pattern that every match of MARKED contains, as a fast first test. */
export const HINT = /-----BEGIN |A[KS]IA|gh[pousr]_|github_pat_|glpat-|sk-|[sr]k_|xox|slack|AIza|eyJ|bearer|basic/i;
