# The single-page application, built in the application's repository:
#   docker build -f web.Dockerfile -t ghcr.io/yourorg/pliers-web:v1.4.0 .
# Source: the seed "Deployment Architecture", "Web Frontend Container". It differs from there:
# - Nothing of an environment is fixed by the build. The seed's compose file passes VITE_API_URL and others as arguments, which its Dockerfile
#   does not declare: the build would not see them. The page reads /config.js, and nginx its default.conf: the manifests mount both.
# - nginx runs as its own user, and not as root. Port 80 is open to it on Kubernetes by a safe sysctl, and in Docker by default.
# - Node 18 and pnpm 8 are no longer maintained. Tags are full versions. No HEALTHCHECK: as in node.Dockerfile.
# .dockerignore of the repository: .git, **/.env*, **/node_modules, **/dist
FROM node:24.19.0-alpine3.24 AS builder
WORKDIR /app
RUN npm install --global pnpm@10.34.8
COPY pnpm-workspace.yaml package.json pnpm-lock.yaml ./
COPY packages packages
COPY apps/web apps/web
RUN pnpm install --frozen-lockfile && pnpm --filter "@pliers/web..." build

FROM nginx:1.30.4-alpine3.24
COPY --from=builder /app/apps/web/dist /usr/share/nginx/html
USER 101
EXPOSE 80
CMD ["nginx", "-g", "daemon off;"]
