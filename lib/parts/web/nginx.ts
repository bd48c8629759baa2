/** The file that the browser loads as /config.js: what differs between environments, in place of what a build would fix. */
export const CONFIG = { folder: '/etc/app', file: 'config.js' } as const;

/** How nginx serves a single-page application. */
export interface WebServer {
  /** The port that it listens at. */
  readonly port: number;
  /**
   * The page that loads the assets from another host, such as `https://shop.example.com`. A CDN passes the header on, and keeps it: so every
   * answer has it, and none depends on who asks. @default - none: the page loads them from its own host
   */
  readonly page?: string | undefined;
}

/**
 * The configuration of nginx for a single-page application, as `conf.d/default.conf` of the official image. Source: nginx.org,
 * ngx_http_headers_module; RFC 8246, HTTP Immutable Responses.
 */
export function nginxConf({ port, page }: WebServer): string {
  const readable = page === undefined ? '' : `\n        add_header Access-Control-Allow-Origin "${page}" always;`;
  return `# A single-page application: files as they are, and for every other path index.html, whose script knows what to show.

# The name of a file below /assets/ has a hash of its content, so it never changes. An error must not be kept: during a rollout a pod may
# be asked for a file that only the other version has.
map $status $asset_caching {
    200     "public, max-age=31536000, immutable";
    206     "public, max-age=31536000, immutable";
    304     "public, max-age=31536000, immutable";
    default "no-store";
}

server {
    listen ${port};
    listen [::]:${port};
    server_tokens off;
    root /usr/share/nginx/html;

    # What differs between environments, in place of what a build would fix. It must not be cached.
    location = /config.js {
        alias ${CONFIG.folder}/${CONFIG.file};
        default_type application/javascript;
        add_header Cache-Control "no-store";
    }

    # A missing file is an error here: a cache would keep index.html in its place.
    location /assets/ {
        try_files $uri =404;
        add_header Cache-Control $asset_caching always;${readable}
    }

    # index.html names the assets, so a browser has to ask whether it is still the same.
    location / {
        try_files $uri $uri/ /index.html;
        add_header Cache-Control "no-cache";
    }
}
`;
}
