#!/usr/bin/env bash
# What can be called, and what a call takes: from reflection.
grpcurl -plaintext 127.0.0.1:7420 list
grpcurl -plaintext 127.0.0.1:7420 describe threadkeep.v1.AddMessageRequest

# Start a session, or go on with it where it is there already.
grpcurl -plaintext -d '{
  "session_id": "trip-1", "user_id": "ada", "agent_id": "travel", "if_exists": "IF_EXISTS_RESTART"
}' 127.0.0.1:7420 threadkeep.v1.SessionService/Start

# Keep what was said. The answer comes once it is on disk.
grpcurl -plaintext -d '{
  "session_id": "trip-1",
  "message": {"role": "ROLE_USER", "parts": [{"text": "I need a flight to Oslo."}]}
}' 127.0.0.1:7420 threadkeep.v1.SessionService/AddMessage

# Get what to send to the model: within a limit of tokens, in the form of its provider.
grpcurl -plaintext -d '{
  "session_id": "trip-1", "token_limit": 2000, "format": "CONTEXT_FORMAT_OPENAI_CHAT"
}' 127.0.0.1:7420 threadkeep.v1.SessionService/BuildContext
