window.__PLIERS__ = {
  "apiUrl": "/api",
  "aiUrl": "/ai",
  "wsUrl": "wss://staging.pliers.example.com/api"
};
