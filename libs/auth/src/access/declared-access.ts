import { Injectable, type OnApplicationBootstrap, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ACCESS } from './access.decorators.js';

/** Fails the start while a route has no access decorator, so that it is found before production. */
@Injectable()
export class DeclaredAccess implements OnApplicationBootstrap {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  /** @throws Error naming every route without a declaration */
  onApplicationBootstrap(): void {
    const undeclared = this.undeclaredRoutes();
    if (undeclared.length > 0) throw new Error(`these routes do not say who may call them: ${undeclared.join(', ')}`);
  }

  private undeclaredRoutes(): string[] {
    return this.discovery.getControllers().flatMap(({ instance, metatype }) => {
      if (metatype === null || typeof instance !== 'object' || instance === null) return [];
      const prototype = Object.getPrototypeOf(instance) as Record<string, (...args: never[]) => unknown>;
      return this.scanner
        .getAllMethodNames(prototype)
        .map((name) => ({ name, handler: prototype[name] }))
        .flatMap(({ name, handler }) => {
          if (handler === undefined || Reflect.getMetadata(PATH_METADATA, handler) === undefined) return [];
          if (this.reflector.getAllAndOverride(ACCESS, [handler, metatype]) !== undefined) return [];
          const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as number];
          return [`${metatype.name}.${name} (${method})`];
        });
    });
  }
}
