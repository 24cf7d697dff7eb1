#!/usr/bin/env bash
curl -sS http://127.0.0.1:7420/threadkeep.v1.SessionService/Start \
  -H 'content-type: application/json' \
  -d '{"sessionId": "trip-2", "userId": "ada", "agentId": "travel", "ifExists": "IF_EXISTS_RESTART"}'

curl -sS http://127.0.0.1:7420/threadkeep.v1.SessionService/AddMessage \
  -H 'content-type: application/json' \
  -d '{"sessionId": "trip-2", "message": {"role": "ROLE_USER", "parts": [{"text": "I need a flight to Oslo."}]}}'

curl -sS http://127.0.0.1:7420/threadkeep.v1.SessionService/BuildContext \
  -H 'content-type: application/json' \
  -d '{"sessionId": "trip-2", "tokenLimit": 2000, "format": "CONTEXT_FORMAT_OPENAI_CHAT"}'
