# The core API and the AI service, built in the application's repository:
#   docker build -f node.Dockerfile --build-arg APP=api -t ghcr.io/yourorg/pliers-api:v1.4.0 .
#   docker build -f node.Dockerfile --build-arg APP=ai-service -t ghcr.io/yourorg/pliers-ai-service:v1.4.0 .
# Source: the seed "Deployment Architecture", "Core API Service Container" and "AI Service Container". Other than there `pnpm deploy` collects the
# dependencies: the links of a workspace's node_modules lead nowhere when it is copied. Node 18 is no longer maintained.
FROM node:24-alpine AS builder
ARG APP
WORKDIR /app
RUN npm install -g pnpm@10
COPY pnpm-workspace.yaml package.json pnpm-lock.yaml ./
COPY packages ./packages
COPY apps/${APP} ./apps/${APP}
RUN pnpm install --frozen-lockfile
RUN pnpm --filter @pliers/${APP} build
RUN pnpm --filter @pliers/${APP} deploy --prod --legacy /deployed

FROM node:24-alpine
WORKDIR /app
COPY --from=builder /deployed .
USER 1001
# It listens at PORT, which the manifests set.
CMD ["node", "dist/index.js"]
