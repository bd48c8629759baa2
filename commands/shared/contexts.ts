import { groupBy } from '../../lib/base/group';
import { ClusterIndex } from '../../lib/checks/cluster/cluster-index';
import { openConnectionsOf } from '../../lib/checks/cluster/reach';
import { imagesIn } from '../../lib/config/images';
import type { DocumentContext } from '../../lib/document/context';
import { type Built, type BuiltSystem, isSystem } from '../../lib/pipeline/build';
import type { Registry } from '../../lib/pipeline/definition';
import { judgeAs } from '../../lib/pipeline/judge';

/** The settings of the images that a system's own programs have, the first one of each image. */
function imageSettings({ model, values }: BuiltSystem): string[] {
  const own = new Set(
    model.components.filter(({ stage }) => stage === 'workloads').map(({ containers: [{ image }] }) => image.image),
  );
  const images = imagesIn(values).filter(({ image }) => own.has(image));
  return [...groupBy(images, ({ image }) => image).values()].flatMap(([first]) => first?.path.join('.') ?? []);
}

/** What the documents of one environment are made from. Its objects are analysed once. */
export function contextsOf(
  registry: Registry,
  environment: readonly Built[],
  othersOf: (system: string) => readonly string[],
  costOf: (built: BuiltSystem) => DocumentContext['cost'] = () => undefined,
): DocumentContext[] {
  const objects = environment.flatMap((one) => one.objects);
  const prerequisites = environment.flatMap((one) => one.prerequisites);
  const cluster = new ClusterIndex(objects, prerequisites);
  const connections = openConnectionsOf(objects, prerequisites);
  const wrong = judgeAs(environment, objects);
  return environment.filter(isSystem).map((built) => {
    const { system, folder, model, platform } = built;
    const { checklist, collections = {} } = registry.systems[system] ?? {};
    return {
      environment: built.environment,
      folder,
      file: `environments/${folder}.yaml`,
      words: built.locate(['document']).file,
      lists: Object.keys(collections).map((list) => `environments/${built.environment}/${list}.yaml`),
      model,
      objects: built.objects,
      cluster,
      connections,
      violations: wrong.filter(({ object }) => built.objects.includes(object)).length,
      images: imageSettings(built),
      sync: platform.argocd.sync,
      logDays: platform.monitoring?.loki?.retentionDays,
      others: othersOf(system),
      cost: costOf(built),
      checklist,
    };
  });
}
