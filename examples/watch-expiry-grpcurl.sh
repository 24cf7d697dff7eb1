#!/usr/bin/env bash
# Watch for four seconds, in the background, what becomes of the session `blink`.
grpcurl -plaintext -max-time 4 -d '{
  "session_ids": ["blink"], "start_position": "WATCH_START_NOW"
}' 127.0.0.1:7420 threadkeep.v1.SessionService/WatchExpiry &
sleep 1

# It lives for one second.
grpcurl -plaintext -d '{
  "session_id": "blink", "ttl": "1s", "if_exists": "IF_EXISTS_RESTART"
}' 127.0.0.1:7420 threadkeep.v1.SessionService/Start
wait
