"""Serves the stand-in for MongoDB: secantusdb.py PORT FOLDER TTL_SWEEP_SECONDS. Runs until it is killed."""

import sys
import threading

from secantus import SecantusDBServer, storage

port, folder, ttl_sweep_seconds = sys.argv[1:]

RANGE_OPERATORS = {"$gt", "$gte", "$lt", "$lte"}
look_up = storage.Storage._try_index_id_keys
open_synced = storage.wt.wiredtiger_open
implied = storage.Storage._query_implies_partial
drop_row_by_row = storage.Storage.drop_database


def look_up_or_walk(self, db, coll, filter, **options):
    """Finds by ids, by ranges of them, and by whatever has an index, as MongoDB does; the stand-in reads the whole collection."""
    found = look_up(self, db, coll, filter, **options)
    if found is not None or not filter:
        return found
    plain = {field: clause for field, clause in filter.items() if not field.startswith("$")}
    if len(plain) < len(filter):
        return look_up_or_walk(self, db, coll, plain, **options)
    span = filter.get("_id")
    if not isinstance(span, dict):
        return None if span is None else look_up(self, db, coll, {"_id": span}, **options)
    if not set(span) <= RANGE_OPERATORS or not all(isinstance(bound, str) for bound in span.values()):
        return None
    return list(walk(self, db, coll, span))


def walk(self, db, coll, span):
    """Yields where documents lie, from a little before the range to a little after it: the caller compares their ids."""
    lowest = max((span[bound] for bound in ("$gt", "$gte") if bound in span), default="")
    highest = min((span[bound] for bound in ("$lt", "$lte") if bound in span), default=None)
    end = None if highest is None else storage._id_key(highest)
    cursor = self._cursor(storage._NAT_SEQ_TABLE)
    cursor.reset()
    cursor.set_key(db, coll, storage._id_key(lowest))
    found = cursor.search_near()
    if found == storage.wt.WT_NOTFOUND or (found < 0 and cursor.next() != 0):
        return
    while True:
        in_db, in_coll, id_key = cursor.get_key()
        if (in_db, in_coll) != (db, coll) or (end is not None and bytes(id_key) > end):
            return
        yield int(cursor.get_value())
        if cursor.next() != 0:
            return


def implies(query, partial):
    """A comparison with a number finds only documents that have the field: an index on those serves it."""
    compared = {field for field, clause in query.items() if compares_with_numbers(clause)}
    rest = {field: clause for field, clause in partial.items() if clause != {"$exists": True} or field not in compared}
    return not rest or implied(query, rest)


def compares_with_numbers(clause):
    if not isinstance(clause, dict):
        return False
    return any(operator in RANGE_OPERATORS and isinstance(bound, (int, float)) for operator, bound in clause.items())


def drop_at_once(self, db):
    """Drops a database with one write to the disk, not one a row."""
    with self._lock, self._batch_transaction():
        drop_row_by_row(self, db)


def open_unsynced(folder, config):
    """Hands commits to the operating system without waiting for the disk: they outlive a kill, which is all that tests do."""
    return open_synced(folder, config.replace("(enabled=true,method=fsync)", "(enabled=true,method=none)"))


storage.wt.wiredtiger_open = open_unsynced
storage.Storage._try_index_id_keys = look_up_or_walk
storage.Storage.drop_database = drop_at_once
storage.Storage._query_implies_partial = staticmethod(implies)
server = SecantusDBServer(
    host="127.0.0.1",
    port=int(port),
    storage_path=folder,
    ttl_sweep_seconds=float(ttl_sweep_seconds),
    sync_on_commit=True,
)
server.start()
threading.Event().wait()
