# The single-page application, built in the application's repository:
#   docker build -f web.Dockerfile -t ghcr.io/yourorg/pliers-web:v1.4.0 .
# Source: the seed "Deployment Architecture", "Web Frontend Container". Other than there nothing of an environment is fixed by the build: the page
# reads /config.js, and nginx its default.conf, which the manifests mount.
FROM node:24-alpine AS builder
WORKDIR /app
RUN npm install -g pnpm@10
COPY pnpm-workspace.yaml package.json pnpm-lock.yaml ./
COPY packages ./packages
COPY apps/web ./apps/web
RUN pnpm install --frozen-lockfile
RUN pnpm --filter @pliers/web build

FROM nginx:1.29-alpine
COPY --from=builder /app/apps/web/dist /usr/share/nginx/html
USER 101
EXPOSE 80
CMD ["nginx", "-g", "daemon off;"]
