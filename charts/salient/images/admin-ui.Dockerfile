# The admin UI, built in the application's repository:
#   docker build -f admin-ui.Dockerfile -t ghcr.io/yourorg/salient-admin-ui:v1.2.3 .
# Source: the seed "Container Deployment Architecture for Render.com", "Dockerfile Examples". Its API is at /api on its own host, so that no
# address is fixed by the build.
FROM node:24-slim AS builder
WORKDIR /app
COPY services/admin-ui/package*.json ./
RUN npm ci
COPY services/admin-ui/ .
RUN npm run build

FROM nginx:1.29-alpine
COPY --from=builder /app/dist /usr/share/nginx/html
COPY services/admin-ui/nginx.conf /etc/nginx/conf.d/default.conf
USER 101
EXPOSE 80
CMD ["nginx", "-g", "daemon off;"]
