export { type Change, Dist, DistError, type Plan, writeTree } from './dist';
export { type Files, toFiles } from './files';
export { formatSummary, type SummaryRow } from './summary';
