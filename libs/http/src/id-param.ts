import { Param, ParseUUIDPipe } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';

/** A path parameter that is a UUID; anything else is refused with 400. Also documents it. */
export function IdParam(name: string): ParameterDecorator {
  return (prototype, route, index) => {
    Param(name, ParseUUIDPipe)(prototype, route, index);
    if (route === undefined) return;
    const method = Object.getOwnPropertyDescriptor(prototype, route);
    if (method !== undefined) ApiParam({ name, format: 'uuid' })(prototype, route, method);
  };
}
