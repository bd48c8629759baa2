# The preset api, a .NET service, built in the folder engine/ of the application's repository:
#   docker build -f api.Dockerfile -t ghcr.io/yourorg/engine:v1.0.0 engine
# Source: the template "Deployment Architecture", "Backend API Service (engine/)". It differs from there:
# - Migrations are a program of their own, ./efbundle: `dotnet ef`, which the template runs in the container, is a tool of the SDK.
# - It runs as the user of .NET's images, by its number, and not as root.
# Not one of the chiseled images: the migrations need /bin/sh.
# It listens at ASPNETCORE_URLS, which the manifests set. Only /tmp is writable, unless `writes` names other paths.
# .dockerignore of the repository: .git, **/.env*, **/bin, **/obj, **/appsettings.Development.json
FROM mcr.microsoft.com/dotnet/sdk:10.0.400-noble AS builder
WORKDIR /src
COPY Engine.csproj ./
RUN dotnet restore
COPY . .
RUN dotnet publish --no-restore --configuration Release --output /out \
  && dotnet tool install --tool-path /tools dotnet-ef --version 10.0.11 \
  && /tools/dotnet-ef migrations bundle --configuration Release --output /out/efbundle

FROM mcr.microsoft.com/dotnet/aspnet:10.0.11-noble
WORKDIR /app
COPY --from=builder /out ./
USER 1654
EXPOSE 5000
CMD ["dotnet", "Engine.dll"]
