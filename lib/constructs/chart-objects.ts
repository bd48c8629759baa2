import { ApiObject, Chart, Lazy } from 'cdk8s';

/** A class of objects as `cdk8s import` generates it. */
interface Generated {
  /** The object with the fields of its kind, in the order of its schema. */
  manifest?(props: unknown): unknown;
}

/** A value without tokens and nulls, with sorted keys. Quantities and the like become `{ value }`, which the generated code reads. */
// biome-ignore lint/suspicious/noExplicitAny: a value of a manifest
function plain(value: any, dropEmpty: boolean): any {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    return dropEmpty && value.length === 0 ? undefined : value.map((item) => plain(item, dropEmpty));
  }
  if (value instanceof Lazy) return plain(value.produce(), dropEmpty);
  if (typeof value.resolve === 'function') return plain(value.resolve(), dropEmpty);
  if (value.constructor !== Object) {
    if (typeof value.value === 'string' || typeof value.value === 'number') return { value: value.value };
    throw new Error(`given an object of the class ${value.constructor.name}, expected plain data`);
  }
  const result: Record<string, unknown> = {};
  let count = 0;
  for (const key of Object.keys(value).sort()) {
    const found = plain(value[key], dropEmpty);
    if (found === undefined) continue;
    result[key] = found;
    count++;
  }
  return dropEmpty && count === 0 ? undefined : result;
}

// biome-ignore lint/suspicious/noExplicitAny: the private fields of a class of cdk8s
const innerOf = (object: unknown): any => object;

/** The fields of an object, of which cdk8s has those of its metadata apart. */
function fieldsOf(object: ApiObject): Record<string, unknown> {
  const { name, namespace } = object.metadata;
  const { labels, annotations, finalizers, ownerReferences, _additionalAttributes: others } = innerOf(object.metadata);
  const metadata = { ...others, name, namespace, annotations, finalizers, ownerReferences, labels };
  return { ...plain(innerOf(object).props, false), metadata: plain(metadata, true) };
}

/** An object as its own `toJson()` returns it. */
function objectOf(object: ApiObject): unknown {
  const { manifest } = object.constructor as Generated;
  if (innerOf(object).patches.length > 0) return object.toJson();
  if (manifest !== undefined) return manifest(fieldsOf(object));
  if (object.constructor !== ApiObject) return object.toJson();
  const { apiVersion, kind, metadata, ...others } = fieldsOf(object);
  return { apiVersion, kind, metadata, ...others };
}

/**
 * The objects of a chart: what `chart.toJson()` returns, at a fraction of its time. cdk8s resolves the tokens of each value in the context
 * of its object, and sorts constructs by their dependencies. A chart with dependencies or charts in it is left to cdk8s.
 */
export function objectsIn(chart: Chart): unknown[] {
  const constructs = chart.node.findAll();
  const isSimple = constructs.every(
    (one) =>
      one.node.dependencies.length === 0 && one.node.validate().length === 0 && (one === chart || !Chart.isChart(one)),
  );
  if (!isSimple) return chart.toJson();
  return constructs.filter((one) => ApiObject.isApiObject(one)).map((one) => objectOf(one));
}
