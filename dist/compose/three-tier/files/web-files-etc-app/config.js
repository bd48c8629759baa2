window.APP_CONFIG = {
  "API_URL": "/api",
  "CHAT_URL": "ws://three-tier.localhost/chat/stream"
};
