import { imageReference } from '../../base/image';
import { Config } from '../../model/config';
import type { Container } from '../../model/container';
import type { Service } from './blueprint';
import type { RenderOptions, ServiceOptions } from './options';

/** Changes paths of folders that are below the disk on Render. */
export function movedIn(text: string, moved: Readonly<Record<string, string>>): string {
  return Object.entries(moved).reduce(
    (before, [from, to]) => before.replace(new RegExp(`(?<![\\w./-])${from}(?![\\w-])`, 'g'), () => to),
    text,
  );
}

/** The files of ConfigMaps, by their paths in the container. */
export function filesOf({ mounts }: Container, change: (text: string) => string): Map<string, string> {
  const files = mounts.flatMap(({ from, path, keys, files: names = {} }) =>
    from instanceof Config
      ? (keys ?? Object.keys(from.data)).map(
          (key) => [`${path}/${names[key] ?? key}`, change(String(from.data[key]))] as const,
        )
      : [],
  );
  return new Map(files);
}

/** The Dockerfile that adds the files of ConfigMaps to an image. */
function dockerfileOf(image: string, folder: string, paths: readonly string[]): string {
  return [
    '# Written by npm run synth: the image with the files that are mounted on Kubernetes.',
    `FROM ${image}`,
    ...paths.map((path) => `COPY --chmod=444 ${folder}${path} ${path}`),
    '',
  ].join('\n');
}

/** Where the image comes from: pulled, built by Render, or pulled with files added. */
export function sourceOf(
  name: string,
  container: Container,
  one: ServiceOptions,
  files: ReadonlyMap<string, string>,
  { options, folder }: { readonly options: RenderOptions; readonly folder: string },
): { fields: Partial<Service>; files: Record<string, string> } {
  const url = imageReference(container.image);
  const { build } = one;
  if (build !== undefined)
    return {
      fields: {
        runtime: 'docker',
        ...(options.repository !== undefined && { repo: options.repository }),
        dockerfilePath: `./${build.dockerfile}`,
        dockerContext: build.context === '.' ? '.' : `./${build.context}`,
        buildFilter: { paths: [...build.paths], ignoredPaths: [] },
      },
      files: {},
    };
  if (files.size === 0) {
    const creds = options.registry === undefined ? {} : { creds: { fromRegistryCreds: { name: options.registry } } };
    return { fields: { runtime: 'image', image: { url, ...creds } }, files: {} };
  }
  const own = `files/${name}`;
  return {
    fields: {
      runtime: 'docker',
      dockerfilePath: `./${folder}/${name}.Dockerfile`,
      dockerContext: `./${folder}`,
      buildFilter: { paths: [`${folder}/**`], ignoredPaths: [] },
    },
    files: {
      [`${name}.Dockerfile`]: dockerfileOf(url, own, [...files.keys()]),
      ...Object.fromEntries([...files].map(([path, text]) => [`${own}${path}`, text])),
    },
  };
}
