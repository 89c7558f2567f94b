import { getSchemaPath, type OpenAPIObject } from '@nestjs/swagger';
import { ErrorDto, NOT_RATE_LIMITED } from '#http';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type SchemaObject = Exclude<Schemas[string], { $ref: string }>;
type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const satisfies readonly (keyof PathItem)[];

/** Adds to the API document the responses of the request boundary, and that bodies accept no unknown field. */
export function withBoundary(document: OpenAPIObject, bodies: ReadonlySet<string>): OpenAPIObject {
  for (const operation of operationsOf(document)) addAnswers(operation);
  const schemas = document.components?.schemas ?? {};
  const answered = new Set<string>();
  for (const { responses } of operationsOf(document)) addNamesIn(responses, schemas, answered);
  for (const name of bodies) {
    const schema = schemas[name];
    if (schema !== undefined && 'type' in schema) closeBody(schema, answered.has(name));
  }
  for (const { requestBody } of operationsOf(document)) {
    if (requestBody === undefined || '$ref' in requestBody) continue;
    const schema = schemas[nameIn(requestBody.content['application/json']?.schema)];
    // A body without required fields may be omitted.
    if (schema !== undefined && !('$ref' in schema)) requestBody.required = (schema.required ?? []).length > 0;
  }
  return document;
}

/**
 * Closes the schema: undeclared fields are rejected, and `null` counts as omitted. Responses that share the class never
 * contain `null`.
 */
function closeBody(schema: SchemaObject, isAnswered: boolean): void {
  schema.additionalProperties = false;
  if (isAnswered) return;
  const required = new Set(schema.required);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (required.has(name)) continue;
    if ('$ref' in property) schema.properties![name] = { nullable: true, allOf: [property] };
    else {
      property.nullable = true;
      if (property.enum !== undefined) property.enum = [...(property.enum as unknown[]), null];
    }
  }
}

function operationsOf({ paths }: OpenAPIObject): Operation[] {
  return Object.values(paths).flatMap((item) => METHODS.flatMap((method) => item[method] ?? []));
}

/** Collects the schemas referenced from a part of the document. */
function addNamesIn(part: unknown, schemas: Schemas, names: Set<string>): void {
  if (typeof part !== 'object' || part === null) return;
  const name = nameIn(part);
  if (name !== '' && !names.has(name)) {
    names.add(name);
    addNamesIn(schemas[name], schemas, names);
  }
  for (const inner of Object.values(part)) addNamesIn(inner, schemas, names);
}

/** Name of the schema that another one references. */
function nameIn(schema: object | undefined): string {
  return schema !== undefined && '$ref' in schema ? String(schema.$ref).split('/').at(-1)! : '';
}

function addAnswers(operation: Operation): void {
  const answer = (status: number, description: string): void => {
    operation.responses[status] ??= {
      description,
      content: { 'application/json': { schema: { $ref: getSchemaPath(ErrorDto) } } },
    };
  };
  const takesBody = operation.requestBody !== undefined;
  if (takesBody || (operation.parameters ?? []).length > 0)
    answer(400, 'what was sent is not valid; every fault is named');
  if (takesBody) {
    answer(413, 'the body is too large');
    answer(415, 'the body is not JSON, or it is compressed');
  }
  if ((operation as unknown as Record<string, unknown>)[NOT_RATE_LIMITED] !== true) answer(429, 'too many requests');
}
