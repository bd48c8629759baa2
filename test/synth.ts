import main from '../main';
import { type Outcome, runHere } from './support';

/** Runs `npm run synth` in this process. */
export function synth(root: string, args: readonly string[] = []): Promise<Outcome> {
  return runHere(main, root, args);
}
