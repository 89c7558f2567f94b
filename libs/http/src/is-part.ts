import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { buildMessage, isObject, ValidateBy, ValidateNested } from 'class-validator';
import { PART, type PartType } from './body/known-fields.js';

interface PartOptions {
  /** It is a list of them; `ArrayMaxSize` says how long it may be. */
  readonly each?: boolean;
}

/** A part of a request that is checked as a class of its own. `ValidateNested` alone would take a list of them where one is expected. */
export function IsPart(type: PartType, { each = false }: PartOptions = {}): PropertyDecorator {
  const isPart = ValidateBy(
    {
      name: PART,
      constraints: [type],
      validator: {
        validate: isObject,
        defaultMessage: buildMessage((prefix) => `${prefix}$property must be an object`, { each }),
      },
    },
    { each },
  );
  return applyDecorators(isPart, ValidateNested({ each }), Type(type));
}
