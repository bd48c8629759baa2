import type { MarksOf } from '../../lib/pipeline/definition';
import { SYSTEM } from './configuration';

const ORDER = `see "From single to split, and back" in charts/${SYSTEM}/README.md`;

/** What to think of when the StatefulSet of one shape goes: its volume is that of the other shape's database. */
const MESSAGES: Readonly<Record<string, string>> = {
  ephitup: `for the shape split, scale it to 0 and wait for the end of its pod before anything else is applied: the volume of its database becomes that of the StatefulSet surrealdb; ${ORDER}`,
  surrealdb: `for the shape single, scale it, api and worker to 0 and wait for the end of their pods before anything else is applied: its volume becomes that of the StatefulSet ephitup; ${ORDER}`,
};

/** The marks of a switch between the shapes. */
export const shapeMarks: MarksOf = ({ before, after }) => {
  if (before?.kind !== 'StatefulSet' || after !== undefined || before.metadata.labels?.app !== SYSTEM) return [];
  const message = MESSAGES[before.metadata.name];
  return message === undefined ? [] : [{ risk: 'data', message }];
};
