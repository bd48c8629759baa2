import type { DerivedNumber } from '../../../lib/model/requirements';
import { type Calculated, shown } from './arithmetic';

/** A setting that follows from requirements, unless the files say another value. */
export interface GivenSetting {
  readonly path: readonly string[];
  /** In the words of environment files. */
  readonly value: unknown;
  /** Of a duration: its seconds, as settings have it once they are checked. @default - it is none */
  readonly checked?: number;
  /** The requirement that it follows from. */
  readonly from: string;
  /** Its arithmetic. @default - it is what the requirement says */
  readonly why?: string;
}

/** What follows from some of the requirements. */
export interface Part {
  readonly rows: readonly DerivedNumber[];
  readonly settings: readonly GivenSetting[];
  readonly problems: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
  /** Advice, as sentences. */
  readonly notices: readonly string[];
}

/** What follows from several parts. */
export function joined(parts: readonly Partial<Part>[]): Part {
  return {
    rows: parts.flatMap(({ rows = [] }) => rows),
    settings: parts.flatMap(({ settings = [] }) => settings),
    problems: parts.flatMap(({ problems = [] }) => problems),
    notices: parts.flatMap(({ notices = [] }) => notices),
  };
}

/** A row. @param from the requirement that it follows from, which is its source where it has no other */
export function textRow(name: string, value: string, formula: string, from: string, source?: string): DerivedNumber {
  const setting = `requirements.${from}`;
  return { name, value, formula, source: source ?? setting, from: setting };
}

/** A row with a calculated number. @param unit with a blank before it. @default - none */
export function row(
  name: string,
  { value, formula }: Calculated,
  from: string,
  { unit = '', source }: { readonly unit?: string; readonly source?: string } = {},
): DerivedNumber {
  return textRow(name, `${shown(value)}${unit}`, formula, from, source);
}

/** A duration as environment files say it: `15m` of 900 seconds. */
export function inWords(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

/** A setting as messages show it: `{ min: 4, max: 23 }`. */
export function settingText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return `{ ${entries.map(([key, one]) => `${key}: ${settingText(one)}`).join(', ')} }`;
}

export const LITTLE = "Little's law";
