# The newest LTS release of Node.
FROM node:24-trixie-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
# What only builds goes: prisma and typescript too, which npm would keep as optional peers of @prisma/client.
RUN npm run build && npm pkg delete devDependencies && npm prune --omit=dev --omit=peer

FROM node:24-trixie-slim
# Nothing that installs or builds: the server needs node alone.
RUN rm -rf /usr/local/lib/node_modules /opt/yarn-* \
    /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg \
  && install -d -o node -g node -m 0700 /data
WORKDIR /app
COPY --from=build /build/package.json /build/app.yml ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/prisma/migrations ./prisma/migrations
COPY --from=build /build/prisma/postgresql/migrations ./prisma/postgresql/migrations
COPY --from=build /build/dist ./dist
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/data \
    DATABASE_URL=file:/data/release-chain.db \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    MALLOC_TRIM_THRESHOLD_=131072
USER node
# Where the set-up page keeps the App, in .env.
WORKDIR /data
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Flags and MALLOC_*: memory is given back soon (docs/decisions/0044).
ENTRYPOINT ["node", "--max-semi-space-size=1", "--heap-growing-percent=30", "/app/dist/main.js"]
CMD ["serve"]
