"""Serves the stand-in for MongoDB: secantusdb.py PORT FOLDER TTL_SWEEP_SECONDS DURABLE. Runs until it is killed."""

import sys
import threading

from secantus import SecantusDBServer
from secantus_shortcuts import take_shortcuts

port, folder, ttl_sweep_seconds, durable = sys.argv[1:]
take_shortcuts(waits_for_disk=durable == "true")
server = SecantusDBServer(
    host="127.0.0.1",
    port=int(port),
    storage_path=folder,
    ttl_sweep_seconds=float(ttl_sweep_seconds),
    sync_on_commit=True,
)
server.start()
threading.Event().wait()
