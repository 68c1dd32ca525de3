# One image for every role: the command says which. Nothing in the dependencies is compiled, so no scripts are run.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-slim
WORKDIR /app
COPY package.json ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# A new volume takes over the owner of the folder it is mounted on.
RUN mkdir /data && chown node:node /data

# The C library gives large blocks back at once and keeps few arenas: a parser under siege then stays a third smaller.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    DATA_DIR=/data \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=131072
USER node
VOLUME /data
EXPOSE 8000 8001

# Asks the port that PORT names, 8000 without it: give a parser PORT=8001, and a worker any port, to be seen as healthy.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["node", "dist/main.js", "health"]

# The exec form makes node the receiver of SIGTERM, which it answers by ending in good order within 10 s.
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]
