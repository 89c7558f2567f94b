import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/** Request bodies whose forms show hints. */
const FORMS = ['CredentialsDto', 'CreateClusterDto'] as const;
const MODULE = 'virtual:rules';
const DOCUMENT = new URL('../../docs/openapi.json', import.meta.url);

interface Document {
  readonly components: {
    readonly schemas: Readonly<
      Record<string, { readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>> }>
    >;
  };
}

/** The rules of the forms' fields, from the API document: the module `virtual:rules`, so that pages do not load all of it. */
export function rules(): Plugin {
  return {
    name: 'rules',
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : null),
    load: (id) => (id === `\0${MODULE}` ? `export default ${JSON.stringify(rulesOf(document()))}` : null),
  };
}

function document(): Document {
  return JSON.parse(readFileSync(DOCUMENT, 'utf8')) as Document;
}

function rulesOf({ components: { schemas } }: Document): object {
  return Object.fromEntries(
    FORMS.map((form) => {
      const properties = Object.entries(schemas[form]?.properties ?? {});
      const kept = properties.map(([name, { description, minLength, maxLength }]) => [
        name,
        { description, minLength, maxLength },
      ]);
      return [form, Object.fromEntries(kept)];
    }),
  );
}
