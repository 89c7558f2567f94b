import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { buildMessage, isObject, ValidateBy, ValidateNested } from 'class-validator';
import { PART, type PartType } from './body/known-fields.js';

interface PartOptions {
  /** A list of parts; `ArrayMaxSize` limits it. */
  readonly each?: boolean;
}

/** A nested part of a request, validated by its own class. `ValidateNested` alone would accept a list where one part is expected. */
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
