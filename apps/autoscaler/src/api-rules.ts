import type { INestApplication } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { formatPercent } from '#clusters';
import { DURATION_PATTERN } from '#config';
import { type Rule, rulesOf } from '#http';

/** Metadata key of `ApiProperty`; `@nestjs/swagger` does not export it. */
const MODEL_PROPERTIES = 'swagger/apiModelProperties';

type RequestClass = new () => object;
type Schema = Record<string, unknown>;

/** JSON schema of class-validator's rules, including our own. */
const SCHEMAS: Readonly<Record<string, (constraints: readonly unknown[]) => Schema>> = {
  isInt: () => ({ type: 'integer' }),
  min: ([least]) => ({ minimum: least }),
  max: ([most]) => ({ maximum: most }),
  minLength: ([least]) => ({ minLength: least }),
  maxLength: ([most]) => ({ maxLength: most }),
  isLength: ([least, most]) => ({ minLength: least, maxLength: most }),
  matches: ([pattern]) => ({ pattern: (pattern as RegExp).source }),
  arrayNotEmpty: () => ({ minItems: 1 }),
  arrayMaxSize: ([most]) => ({ maxItems: most }),
  isTime: () => ({ format: 'date-time' }),
  isDuration: ([least, most]) => ({ pattern: DURATION_PATTERN, 'x-minimum': least, 'x-maximum': most }),
  isPercent: ([above, most]) => ({
    'x-exclusive-minimum': formatPercent(above as number),
    'x-maximum': formatPercent(most as number),
  }),
};

/**
 * Adds the validation rules of request classes to the metadata of the API document, so that they are written once.
 *
 * @returns the names of body classes, which accept no undeclared field
 */
export function documentRules(app: INestApplication): ReadonlySet<string> {
  const done = new Set<RequestClass>();
  const bodies = new Set<string>();
  for (const { kind, type } of requestClasses(app)) {
    const classes = documentClass(type, done);
    if (kind === RouteParamtypes.BODY) for (const { name } of classes) bodies.add(name);
  }
  return bodies;
}

/** @returns the class and those of its parts */
function documentClass(type: RequestClass, done: Set<RequestClass>): readonly RequestClass[] {
  const rules = rulesOf(type);
  const parts = rules.flatMap(({ part }) => (part === undefined ? [] : [part]));
  if (!done.has(type)) {
    done.add(type);
    for (const rule of rules) documentRule(type, rule);
  }
  return [type, ...parts.flatMap((part) => documentClass(part, done))];
}

function documentRule({ prototype }: RequestClass, { name, property, constraints, each }: Rule): void {
  const documented = Reflect.getMetadata(MODEL_PROPERTIES, prototype as object, property) as Schema | undefined;
  const schema = each || name === undefined ? undefined : SCHEMAS[name]?.(constraints);
  if (documented === undefined || schema === undefined) return;
  Reflect.defineMetadata(MODEL_PROPERTIES, { ...documented, ...schema }, prototype as object, property);
}

/** All classes of bodies and queries. */
function requestClasses(app: INestApplication): readonly { kind: RouteParamtypes; type: RequestClass }[] {
  return routeParameters(app).flatMap(({ kind, type }) => {
    const isRequest = kind === RouteParamtypes.BODY || kind === RouteParamtypes.QUERY;
    return isRequest && type !== undefined ? [{ kind, type }] : [];
  });
}

interface RouteParameter {
  readonly kind: RouteParamtypes;
  readonly type: RequestClass | undefined;
}

function routeParameters(app: INestApplication): RouteParameter[] {
  const scanner = new MetadataScanner();
  return app
    .get(DiscoveryService, { strict: false })
    .getControllers()
    .flatMap(({ metatype }) => {
      if (typeof metatype !== 'function') return [];
      const prototype = metatype.prototype as object;
      return scanner.getAllMethodNames(prototype).flatMap((route) => {
        const types = (Reflect.getMetadata('design:paramtypes', prototype, route) ?? []) as RequestClass[];
        const parameters = (Reflect.getMetadata(ROUTE_ARGS_METADATA, metatype, route) ?? {}) as Readonly<
          Record<string, { index: number }>
        >;
        return Object.entries(parameters).map(([key, { index }]) => ({
          // Nest keys each parameter by kind and index: `3:0`.
          kind: Number(key.split(':', 1)[0]) as RouteParamtypes,
          type: types[index],
        }));
      });
    });
}
