import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The environment variable with the path of the browser. */
export const CHROMIUM = 'BERTH_CHROMIUM';

/** The names of Chromium's program, as distributions have it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The browser of this machine: that of the variable, else the first on the path. @returns undefined where there is none */
export function chromiumPath(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const known = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return (env[CHROMIUM] ? [env[CHROMIUM]] : known).find((path) => existsSync(path));
}
