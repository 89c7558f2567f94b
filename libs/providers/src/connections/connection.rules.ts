import { Injectable } from '@nestjs/common';
import type { ErrorDetail } from '#http';
import { AddressGuard } from '../http/address-guard.js';
import { ProviderRegistry } from '../registry/provider.registry.js';
import { readSpec } from '../registry/read-provider.js';
import type { ConnectionFaults, GivenConnection, PastedConnection, ProviderDefinition } from '../sdk/index.js';
import type { Connection, Secrets } from './connection.js';

/** Bundles of certificate authorities have some 200 KB. */
const MOST_SPEC_BYTES = 600_000;
const MOST_SECRET_CHARACTERS = 65_536;

/** Validation of connections in requests. */
@Injectable()
export class ConnectionRules {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly guard: AddressGuard,
  ) {}

  /**
   * What a user gave, in the form in which it is stored.
   *
   * @param faults receives all faults; with faults the result is invalid
   */
  accept(type: string, given: GivenConnection, faults: ErrorDetail[]): GivenConnection {
    if (Buffer.byteLength(JSON.stringify(given.spec)) > MOST_SPEC_BYTES) {
      faults.push({ field: 'spec', error: `spec must have at most ${MOST_SPEC_BYTES} bytes` });
      return given;
    }
    const pasted = this.providers.connectionTypes().get(type)?.connection.pasted;
    if (pasted === undefined || given.spec[pasted.field] === undefined) return given;
    const read = readPasted(pasted, given);
    if (!('faults' in read)) return read;
    faults.push(...read.faults);
    return given;
  }

  /**
   * A new connection, as it is stored.
   *
   * @param faults receives all faults; with faults the result is invalid
   */
  read(
    type: string,
    written: GivenConnection,
    faults: ErrorDetail[],
  ): { readonly spec: Connection['spec']; readonly secrets: Secrets } {
    const given = this.accept(type, written, faults);
    if (faults.length > 0) return { spec: given.spec, secrets: new Map() };
    return { spec: this.readSpec(type, given.spec, faults), secrets: this.readSecrets(type, given.secrets, faults) };
  }

  /** Whether it uses the identity of the service itself. */
  isAmbient({ type, spec }: Pick<Connection, 'type' | 'spec'>): boolean {
    return this.providers.connectionTypes().get(type)?.connection.ambient?.(spec) === true;
  }

  /**
   * What a provider makes of a spec: defaults filled in.
   *
   * @param faults receives all faults; with faults the result is invalid
   */
  readSpec(type: string, spec: Connection['spec'], faults: ErrorDetail[]): Connection['spec'] {
    const definition = this.definitionOf(type, faults);
    if (definition === undefined) return spec;
    const read = readSpec(definition.connection.spec, spec, faults);
    if (read === null || faults.length > 0) return spec;
    faults.push(...this.foreignAddress(definition, read));
    return read;
  }

  /** @param faults receives all faults, with no part of a secret in them */
  readSecrets(type: string, given: Readonly<Record<string, unknown>>, faults: ErrorDetail[]): Secrets {
    const secrets = new Map<string, string>();
    const definition = this.providers.connectionTypes().get(type);
    // What the type is called may be anything, and `readSpec` says that there is none.
    if (definition === undefined) return secrets;
    const known = definition.connection.secrets ?? [];
    for (const [name, value] of Object.entries(given)) {
      const field = `secrets.${name}`;
      if (!known.includes(name)) faults.push({ field, error: `${field} is not a secret of the type ${type}` });
      else if (typeof value !== 'string' || value === '' || value.length > MOST_SECRET_CHARACTERS)
        faults.push({ field, error: `${field} must be a text of 1 to ${MOST_SECRET_CHARACTERS} characters` });
      else secrets.set(name, value);
    }
    return secrets;
  }

  /** Where a connection leads; `null` where no provider of its type is loaded, or it does not understand the spec. */
  addressOf({ type, spec }: Pick<Connection, 'type' | 'spec'>): string | null {
    const definition = this.providers.connectionTypes().get(type);
    const read = definition?.connection.spec.safeParse(spec);
    return definition !== undefined && read?.success === true ? definition.connection.address(read.data) : null;
  }

  private definitionOf(type: string, faults: ErrorDetail[]): ProviderDefinition | undefined {
    const types = this.providers.connectionTypes();
    const definition = types.get(type);
    if (definition === undefined) {
      const allowed = [...types.keys()].toSorted().join(', ');
      const error =
        types.size === 0
          ? 'type cannot be given: no provider with stored connections is loaded'
          : `type must be one of the following values: ${allowed}`;
      faults.push({ field: 'type', error });
    }
    return definition;
  }

  /** A free choice of addresses would let users reach hosts that only this service can reach. */
  private foreignAddress({ connection }: ProviderDefinition, spec: Connection['spec']): ErrorDetail[] {
    const address = connection.address(spec);
    const error = /^https?:/i.test(address) ? this.guard.faultOf(address) : null;
    if (error === null) return [];
    const name = Object.keys(spec).find((key) => spec[key] === address);
    return [
      name === undefined ? { field: 'spec', error } : { field: `spec.${name}`, error: error.replace(/^url/, name) },
    ];
  }
}

function readPasted(pasted: PastedConnection, { spec, secrets }: GivenConnection): GivenConnection | ConnectionFaults {
  const { field } = pasted;
  const { [field]: text, ...others } = spec;
  const names = [
    ...Object.keys(others).map((name) => `spec.${name}`),
    ...Object.keys(secrets).map((name) => `secrets.${name}`),
  ];
  if (names.length > 0)
    return {
      faults: names.map((name) => ({ field: name, error: `${name} must be left out where spec.${field} is given` })),
    };
  if (typeof text !== 'string') return { faults: [{ field: `spec.${field}`, error: `spec.${field} must be a text` }] };
  return pasted.read(text);
}
