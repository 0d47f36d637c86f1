# The service as one image: the programs of src/server, the built page and the model packages. It needs no network when it
# runs. There is no engine where the tests run, so nothing builds this file there; scripts/packaging.test.ts holds it against
# the repository (docs/service.md, "Docker").

# --- everything that builds the page
FROM node:20.20.2-bookworm-slim AS page
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY scripts/apiTypes/package.json scripts/apiTypes/
RUN npm ci
COPY index.html vite.config.ts tsconfig*.json ./
COPY public public
COPY src src
RUN npm run build

# --- only the packages that the programs need
FROM node:20.20.2-bookworm-slim AS packages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Then what cannot be of use: runtimes of other systems, and what is already built into the page.
RUN npm ci --omit=dev --workspaces=false \
  && find node_modules/onnxruntime-node/bin -mindepth 2 -maxdepth 2 -type d ! -name linux -exec rm -r {} + \
  && find node_modules/node-web-audio-api -name '*.node' ! -name '*linux*' -delete \
  && rm -r node_modules/onnxruntime-web node_modules/@expo-google-fonts node_modules/@cantoo \
    node_modules/recharts node_modules/react-dom node_modules/@typescript

# --- what runs
FROM node:20.20.2-bookworm-slim AS service
# libasound2: the library that decodes is linked against it. tini: passes signals on and buries dead children.
RUN apt-get update \
  && apt-get install -y --no-install-recommends 'libasound2=1.2.8-*' 'tini=0.19.0-*' \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o 10001 -g 10001 -m 0750 /var/lib/acousticsense
WORKDIR /app
COPY --from=packages /build/node_modules node_modules
COPY package.json ./
COPY src/core src/core
COPY src/server src/server
# The models are inside the built page.
COPY --from=page /build/dist dist
ENV NODE_ENV=production \
  ACOUSTICSENSE_HOST=0.0.0.0 \
  ACOUSTICSENSE_PORT=8000 \
  ACOUSTICSENSE_PAGE=/app/dist \
  ACOUSTICSENSE_MODELS=/app/dist/models \
  ACOUSTICSENSE_SPOOL=/var/lib/acousticsense/spool \
  ACOUSTICSENSE_QUEUE_FILE=/var/lib/acousticsense/queue.sqlite
USER 10001:10001
VOLUME /var/lib/acousticsense
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ACOUSTICSENSE_PORT}/health`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "node", "--import", "tsx"]
CMD ["src/server/cli/serve.ts"]
