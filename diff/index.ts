export { keyOf, objectOf } from './change';
export { holdsData } from './data';
export { differenceOf, type Judged } from './difference';
export { isSame } from './fields';
export { formatJson } from './format/json';
export { formatMarkdown } from './format/markdown';
export { formatText } from './format/text';
export { type Marked, RISKS, type Risk } from './mark';
export type { LeftOver, Report } from './report';
