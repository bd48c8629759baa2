window.__PLIERS__ = {
  "apiUrl": "/api",
  "aiUrl": "/ai",
  "wsUrl": "wss://pliers.example.com/api"
};
