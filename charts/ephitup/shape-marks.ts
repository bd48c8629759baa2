import type { MarksOf } from '../../lib/pipeline/definition';
import { SYSTEM } from './configuration';

const ORDER = `see "From single to split, and back" in charts/${SYSTEM}/README.md`;

/** What has to be thought of when the StatefulSet of one shape goes: its volume is that of the other shape's database. */
const MESSAGES: Readonly<Record<string, string>> = {
  ephitup: `the shape is no longer single: scale it to 0 and wait for the end of its pod before anything else is applied, since the volume of its database becomes that of the StatefulSet surrealdb; ${ORDER}`,
  surrealdb: `the shape is no longer split with this database: scale it, api and worker to 0 and wait for the end of their pods before anything else is applied, since the volume of its database becomes that of the StatefulSet ephitup; ${ORDER}`,
};

/** The marks of a switch between the shapes. */
export const shapeMarks: MarksOf = ({ before, after }) => {
  if (before?.kind !== 'StatefulSet' || after !== undefined || before.metadata.labels?.app !== SYSTEM) return [];
  const message = MESSAGES[before.metadata.name];
  return message === undefined ? [] : [{ risk: 'data', message }];
};
