# The preset web, a single-page application, built in the folder experience/ of the application's repository:
#   docker build -f web.Dockerfile -t ghcr.io/yourorg/experience:v1.0.0 experience
# Source: the template "Deployment Architecture", "Frontend Service (experience/)". It differs from there:
# - Nothing of an environment is fixed by the build. The page reads /config.js, and nginx its default.conf: the manifests mount both.
# - nginx runs as its own user, and not as root. Port 80 is open to it on Kubernetes by a safe sysctl, and in Docker by default.
# - Node 20 is no longer maintained. Tags are full versions.
# .dockerignore of the repository: .git, **/.env*, **/node_modules, **/dist
FROM node:24.19.0-alpine3.24 AS builder
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build

FROM nginx:1.30.4-alpine3.24
COPY --from=builder /app/dist /usr/share/nginx/html
USER 101
EXPOSE 80
CMD ["nginx", "-g", "daemon off;"]
