# syntax=docker/dockerfile:1
# Three images: `autoscaler` (the default), `simulator`, and `operator`, which adds PostgreSQL's client programs for backups.

FROM node:24-trixie-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY packages ./packages
COPY scripts ./scripts
# Not `npm ci` directly: the build starts with the same script and would install everything again.
RUN node scripts/setup.mjs
COPY . .
RUN npm run build

# Production packages: no compiler, no tests, no embedded database (an optional package), no install scripts.
FROM node:24-trixie-slim AS packages
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY packages ./packages
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-trixie-slim AS runtime
ARG VERSION=0.0.0
ARG REVISION=unknown
# Each image adds its own title and description.
LABEL org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.licenses="UNLICENSED" \
  org.opencontainers.image.base.name="docker.io/library/node:24-trixie-slim"
# tini reaps processes and forwards signals; npm and similar tools are not needed at run time.
RUN apt-get update \
  && apt-get install -y --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/* /usr/local/lib/node_modules /opt/yarn-* \
    /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg
# New volumes inherit the owner of this folder in the image.
RUN mkdir /state /backups /journal && chown 10001:10001 /state /backups /journal
WORKDIR /app
COPY --from=packages /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
# Imported by provider plugins.
COPY --from=build /src/packages ./packages
COPY package.json ./
COPY config ./config
COPY data ./data
# A container logs to standard output.
ENV NODE_ENV=production \
  AUTOSCALER_APP_LOG_FILE=""
USER 10001:10001

FROM runtime AS simulator
LABEL org.opencontainers.image.title="autoscaler-simulator" \
  org.opencontainers.image.description="The simulated cloud that the autoscaler can scale"
EXPOSE 9000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9000/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/usr/bin/tini", "--", "node", "dist/apps/simulator/src/main.js"]
CMD ["-host", "0.0.0.0", "-port", "9000"]

FROM runtime AS operator
LABEL org.opencontainers.image.title="autoscaler-operator" \
  org.opencontainers.image.description="The autoscaler with PostgreSQL's client programs: migrations, backups, restores"
USER root
RUN apt-get update \
  && apt-get install -y --no-install-recommends postgresql-client-17 \
  && rm -rf /var/lib/apt/lists/*
USER 10001:10001
HEALTHCHECK NONE
ENTRYPOINT ["/usr/bin/tini", "--", "node", "dist/apps/autoscaler/src/main.js", "-config", "config/config.prod.yaml"]
CMD ["backup"]

FROM runtime AS autoscaler
LABEL org.opencontainers.image.title="autoscaler" \
  org.opencontainers.image.description="Multi-cluster autoscaling service"
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health/live').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/usr/bin/tini", "--", "node", "dist/apps/autoscaler/src/main.js"]
CMD ["-config", "config/config.prod.yaml"]
