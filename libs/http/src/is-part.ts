import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsObject, ValidateNested } from 'class-validator';

interface PartOptions {
  /** It is a list of them. */
  readonly each?: boolean;
}

/** A part of a request that is checked as a class of its own. `ValidateNested` alone would take a list of them where one is expected. */
export function IsPart(type: () => new () => object, { each = false }: PartOptions = {}): PropertyDecorator {
  return applyDecorators(IsObject({ each }), ValidateNested({ each }), Type(type));
}
