# The core API and the AI service, built in the application's repository:
#   docker build -f node.Dockerfile --build-arg APP=api -t ghcr.io/yourorg/pliers-api:v1.4.0 .
#   docker build -f node.Dockerfile --build-arg APP=ai-service -t ghcr.io/yourorg/pliers-ai-service:v1.4.0 .
# Source: the seed "Deployment Architecture", "Core API Service Container" and "AI Service Container". It differs from there:
# - Node 18 and pnpm 8 are no longer maintained. Tags are full versions.
# - `pnpm deploy` collects what the program needs. The seed copies the root's node_modules: an application's own dependencies are in
#   apps/<app>/node_modules, and packages of the workspace are links to packages/, which is not copied. It also keeps the tools of the build.
# - The dots of `@pliers/${APP}...` build the packages of the workspace too, before the application that needs them.
# - No HEALTHCHECK: Kubernetes does not read it, and compose files have one of their own.
# - No Python in the AI service: the seed installs an interpreter, and no library that would need it.
# `npm run migrate:up` runs in /app too: package.json has that script, and what it runs is one of `dependencies`.
# Node is process 1 and has to handle SIGTERM itself: without a handler it runs until it is killed.
# .dockerignore of the repository: .git, **/.env*, **/.gitignore, **/node_modules, **/dist
# Without **/.gitignore there, `pnpm deploy` leaves out what a .gitignore names, such as dist, unless `files` of package.json names it.
FROM node:24.19.0-alpine3.24 AS builder
ARG APP
WORKDIR /app
RUN npm install --global pnpm@10.34.8
COPY pnpm-workspace.yaml package.json pnpm-lock.yaml ./
COPY packages packages
COPY apps/${APP} apps/${APP}
RUN pnpm install --frozen-lockfile && pnpm --filter "@pliers/${APP}..." build && pnpm --filter "@pliers/${APP}" deploy --prod --legacy /deployed

FROM node:24.19.0-alpine3.24
# npm would look for a newer version of itself, and have no way out.
ENV NPM_CONFIG_UPDATE_NOTIFIER=false
WORKDIR /app
COPY --from=builder /deployed ./
USER 1001
# It listens at PORT, which the manifests set: 3000, and 3001 for the AI service.
CMD ["node", "dist/index.js"]
