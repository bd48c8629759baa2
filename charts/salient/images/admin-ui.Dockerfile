# The admin UI, built in the application's repository:
#   docker build -f admin-ui.Dockerfile -t ghcr.io/yourorg/salient-admin-ui:v1.2.3 .
# Source: the seed "Container Deployment Architecture for Render.com", "Dockerfile Examples". It differs from there:
# - Its API is at /api on its own host, so that no address is fixed by the build. The seed gives the running
#   container PUBLIC_ADMIN_API_URL, but Astro reads it when it builds.
# - nginx runs as its own user, and not as root. Port 80 is open to it on Kubernetes by a safe sysctl, and in Docker by default.
# - Node 20 is no longer maintained. Tags are full versions.
# nginx.conf listens at port 80 and writes to /var/cache/nginx, /run and /tmp alone.
# .dockerignore of the repository: .git, **/.env*, **/node_modules, **/dist
FROM node:24.19.0-trixie-slim AS builder
WORKDIR /app
COPY services/admin-ui/package.json services/admin-ui/package-lock.json ./
RUN npm ci
COPY services/admin-ui/ ./
RUN npm run build

FROM nginx:1.30.4-alpine3.24
COPY --from=builder /app/dist /usr/share/nginx/html
COPY services/admin-ui/nginx.conf /etc/nginx/conf.d/default.conf
USER 101
EXPOSE 80
CMD ["nginx", "-g", "daemon off;"]
