import { fence, paragraphs } from '../../lib/document/markdown';
import synth from '../../main';
import check from '../check';
import cost from '../cost';
import diff from '../diff';
import doctor from '../doctor';
import down from '../down';
import load from '../load';
import migratePlan from '../migrate-plan';
import create from '../new';
import pin from '../pin';
import promote from '../promote';
import reach from '../reach';
import secrets from '../secrets';
import settings from '../settings';
import smoke from '../smoke';
import up from '../up';
import view from '../view';
import { WRITTEN } from './mark';

/** What this page says of a program. */
export interface Described {
  readonly name: string;
  readonly help: string;
}

/** The programs in the order in which they are needed: to write, to look, to release, and on a cluster. */
const PROGRAMS: readonly Described[] = [
  synth,
  create,
  settings,
  check,
  reach,
  view,
  diff,
  promote,
  pin,
  cost,
  migratePlan,
  secrets,
  doctor,
  smoke,
  load,
  up,
  down,
];

/** The page of all programs. @param own the program that writes it, which this file cannot import */
export function commandsPage(own: Described): string {
  const sections = [...PROGRAMS, own].map(({ name, help }) =>
    paragraphs(`## npm run ${name}`, fence('', ...help.split('\n'))),
  );
  const about =
    'What each program does, as it says itself with `npm run <program> -- --help`. Options follow `--`.\nPaths are relative to the folder in which you are.';
  return `${WRITTEN}\n\n${paragraphs('# Commands', about, ...sections)}\n`;
}
