import { getSchemaPath, type OpenAPIObject } from '@nestjs/swagger';
import { ErrorDto, NOT_RATE_LIMITED } from '#http';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const satisfies readonly (keyof PathItem)[];

/** Adds what the boundary of every route answers, before the route itself is asked, and that bodies take no unknown field. */
export function withBoundary(document: OpenAPIObject, bodies: ReadonlySet<string>): OpenAPIObject {
  for (const operation of operationsOf(document)) addAnswers(operation);
  const schemas = document.components?.schemas ?? {};
  for (const name of bodies) {
    const schema = schemas[name];
    if (schema !== undefined && 'type' in schema) schema.additionalProperties = false;
  }
  for (const { requestBody } of operationsOf(document)) {
    if (requestBody === undefined || '$ref' in requestBody) continue;
    const schema = schemas[nameIn(requestBody.content['application/json']?.schema)];
    // No body is one without fields.
    if (schema !== undefined && !('$ref' in schema)) requestBody.required = (schema.required ?? []).length > 0;
  }
  return document;
}

function operationsOf({ paths }: OpenAPIObject): Operation[] {
  return Object.values(paths).flatMap((item) => METHODS.flatMap((method) => item[method] ?? []));
}

/** The schema that another refers to, by name. */
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
