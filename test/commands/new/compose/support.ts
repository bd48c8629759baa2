import { join } from 'node:path';
import { applicationOf } from '../../../../commands/new/compose/application';
import { readCompose } from '../../../../commands/new/compose/document';
import { Notes } from '../../../../commands/new/compose/notes';
import { type Any, folderWith } from '../../../support';

/** The application of a compose file, and what of it is not taken over, by lines without the path of the file. */
export function imported(text: string, files: Readonly<Record<string, string>> = {}) {
  const folder = folderWith({ ...files, 'compose.yaml': text });
  const compose = readCompose(join(folder, 'compose.yaml'));
  const notes = new Notes(compose.locate);
  const application = applicationOf(compose, 'kiosk', 'ghcr.io/acme', notes);
  const base: Any = application.base;
  return {
    ...application,
    base,
    services: base.services as Any,
    notes: notes.lines.map((line) => line.slice(folder.length + 1)),
  };
}

/** The settings of the one service `app`, which has an image with a version. */
export function appWith(settings: string, others = ''): Any {
  return imported(`services:\n  app:\n    image: ghcr.io/acme/app:1\n${settings.replace(/^/gm, '    ')}\n${others}`);
}
