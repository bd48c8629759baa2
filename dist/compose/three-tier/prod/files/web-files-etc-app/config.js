window.APP_CONFIG = {
  "API_URL": "/api",
  "CHAT_URL": "wss://app.example.com/chat/stream"
};
