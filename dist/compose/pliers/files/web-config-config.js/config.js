window.__PLIERS__ = {
  "apiUrl": "/api",
  "aiUrl": "/ai",
  "wsUrl": "ws://pliers.localhost/api"
};
