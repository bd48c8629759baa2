import type { Definitions, OpenApi } from './openapi';

/** Fields that the OpenAPI of Kubernetes requires and the API server does not, by definition. Seen by leaving each out. */
const OPTIONAL: Readonly<Record<string, readonly string[]>> = {
  'io.k8s.api.batch.v1.PodFailurePolicy': ['rules'],
  'io.k8s.api.core.v1.HTTPHeader': ['value'],
  'io.k8s.api.core.v1.ISCSIVolumeSource': ['lun'],
  'io.k8s.api.core.v1.LimitRangeSpec': ['limits'],
  'io.k8s.api.core.v1.PreferredSchedulingTerm': ['preference'],
  'io.k8s.api.core.v1.SleepAction': ['seconds'],
  'io.k8s.api.core.v1.Sysctl': ['value'],
  'io.k8s.api.core.v1.TypedLocalObjectReference': ['kind', 'name'],
  'io.k8s.api.core.v1.TypedObjectReference': ['kind', 'name'],
  'io.k8s.api.discovery.v1.ForZone': ['name'],
  'io.k8s.api.storage.v1.CSIDriver': ['spec'],
  'io.k8s.api.storage.v1.CSINode': ['spec'],
  'io.k8s.api.storage.v1.CSINodeSpec': ['drivers'],
  'io.k8s.api.storage.v1.TokenRequest': ['audience'],
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion': ['served', 'storage'],
};

/** Definitions in which the fields are optional that the API server does not require. */
export const withOptional = (definitions: Definitions): Definitions =>
  Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => {
      const required = definition.required?.filter((field) => !OPTIONAL[name]?.includes(field));
      return [name, { ...definition, ...(required && { required }) }];
    }),
  );

/**
 * The allowed values of fields, by definition (`core_v1_Container`) and field. The published OpenAPI does not have them, but the
 * Go code that it is generated from does.
 */
export function enumsOf(goCode: string): Map<string, Map<string, string[]>> {
  const enums = new Map<string, Map<string, string[]>>();
  let definition = '';
  let field = '';
  for (const line of goCode.split('\n')) {
    definition = /^func schema_\w*?([^_]+_v[^_]+_[^_]+)\(/.exec(line)?.[1] ?? definition;
    field = /^\t{5}"([^"]+)": \{$/.exec(line)?.[1] ?? field;
    const values = /^\t+Enum:\s+\[\]interface\{\}\{(.*)\},$/.exec(line)?.[1];
    if (values === undefined) continue;
    const fields = enums.get(definition) ?? new Map<string, string[]>();
    enums.set(definition, fields.set(field, JSON.parse(`[${values}]`)));
  }
  return enums;
}

/** Optional fields that may not be empty, by definition: in Go they are pointers. Seen by giving each an empty text. */
const NOT_EMPTY: Readonly<Record<string, readonly string[]>> = {
  admissionregistration_v1_MatchResources: ['matchPolicy'],
  admissionregistration_v1_MutatingWebhook: ['failurePolicy', 'matchPolicy', 'reinvocationPolicy'],
  admissionregistration_v1_NamedRuleWithOperations: ['scope'],
  admissionregistration_v1_RuleWithOperations: ['scope'],
  admissionregistration_v1_ValidatingAdmissionPolicySpec: ['failurePolicy'],
  admissionregistration_v1_ValidatingWebhook: ['failurePolicy', 'matchPolicy'],
  core_v1_PersistentVolumeSpec: ['volumeMode'],
  core_v1_PodSecurityContext: ['fsGroupChangePolicy', 'supplementalGroupsPolicy'],
  core_v1_PodSpec: ['preemptionPolicy'],
  core_v1_SecurityContext: ['procMount'],
  core_v1_ServiceSpec: ['internalTrafficPolicy', 'ipFamilyPolicy'],
  core_v1_TopologySpreadConstraint: ['nodeAffinityPolicy', 'nodeTaintsPolicy'],
  core_v1_VolumeMount: ['mountPropagation'],
};

/** A schema with its allowed values. An optional field may be empty, since Go does not tell an empty string from a missing one. */
function withValues(schema: OpenApi, values: readonly string[], required: boolean): OpenApi {
  if (schema.items) return { ...schema, items: withValues(schema.items, values, true) };
  return { ...schema, enum: required || values.includes('') ? values : [...values, ''] };
}

const isFilled = (form: string, field: string, { required = [] }: OpenApi): boolean =>
  required.includes(field) || NOT_EMPTY[form]?.includes(field) === true;

/** Definitions with the allowed values of their fields, or of the items of a list. */
export function withEnums(definitions: Definitions, enums: ReturnType<typeof enumsOf>): Definitions {
  return Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => {
      const form = name.split('.').slice(-3).join('_');
      const fields = enums.get(form);
      if (!fields) return [name, definition];
      const properties = Object.entries(definition.properties ?? {}).map(([field, schema]) => {
        const values = fields.get(field);
        return [field, values ? withValues(schema, values, isFilled(form, field, definition)) : schema];
      });
      return [name, { ...definition, properties: Object.fromEntries(properties) }];
    }),
  );
}
