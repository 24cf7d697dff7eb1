#!/usr/bin/env bash
grpcurl -plaintext -d '{"session_id": "nobody"}' 127.0.0.1:7420 threadkeep.v1.SessionService/Get
