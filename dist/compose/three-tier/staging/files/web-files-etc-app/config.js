window.APP_CONFIG = {
  "API_URL": "/api",
  "CHAT_URL": "wss://staging.app.example.com/chat/stream"
};
