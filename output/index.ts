export { Dist, DistError, writeTree } from './dist';
export { type Files, type NamedObject, toFiles } from './files';
export { KINDS } from './order';
export { type Change, Plan } from './plan';
export { formatStale, formatSummary, type SummaryRow } from './summary';
export { formatTable } from './table';
