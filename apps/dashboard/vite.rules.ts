import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/** Request bodies whose forms show hints. */
const FORMS = [
  'CredentialsDto',
  'CreateClusterDto',
  'ClusterConfigDto',
  'CostDto',
  'SloPolicyDto',
  'TargetTrackingPolicyDto',
  'MetricTargetDto',
  'ThresholdPolicyDto',
  'ScheduleWindowDto',
  'CreateConnectionDto',
  'CreateBacktestDto',
  'FreezeRequest',
  'SpikeRequest',
  'KillServersRequest',
] as const;
const MODULE = 'virtual:rules';
const DOCUMENT = new URL('../../docs/openapi.json', import.meta.url);

interface Document {
  readonly components: {
    readonly schemas: Readonly<
      Record<string, { readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>> }>
    >;
  };
}

type Rules = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

/** The rules of the forms' fields, from the API document: the module `virtual:rules`, so that pages do not load all of it. */
export function rules(): Plugin {
  return {
    name: 'rules',
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : null),
    load: (id) => (id === `\0${MODULE}` ? `export default ${JSON.stringify(formRules())}` : null),
  };
}

/** The rules by request body and field. */
export function formRules(): Rules {
  return rulesOf(document());
}

function document(): Document {
  return JSON.parse(readFileSync(DOCUMENT, 'utf8')) as Document;
}

function rulesOf({ components: { schemas } }: Document): Rules {
  return Object.fromEntries(
    FORMS.map((form) => {
      const properties = Object.entries(schemas[form]?.properties ?? {});
      return [form, Object.fromEntries(properties.map(([name, rule]) => [name, kept(rule)]))];
    }),
  );
}

function kept({ description, minLength, maxLength, minimum, maximum, ...others }: Readonly<Record<string, unknown>>) {
  const above = others['x-exclusive-minimum'];
  const shortest = others['x-minimum'];
  const longest = others['x-maximum'];
  return { description, minLength, maxLength, minimum, maximum, above, shortest, longest };
}
