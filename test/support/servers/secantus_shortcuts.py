"""Has SecantusDB do in time what MongoDB does by its indexes, so that tests with thousands of documents take seconds."""

import itertools
import time

from secantus import diff, storage, transactions

RANGE_OPERATORS = {"$gt", "$gte", "$lt", "$lte"}
NOT_WALKED = ("skip", "hint", "collation", "min_bound", "max_bound")
PRUNE_SECONDS = 5
DELETED_AT_ONCE = 500

# What is done otherwise below, only faster.
look_up = storage.Storage._try_index_id_keys
find = storage.Storage.find_matching
implied = storage.Storage._query_implies_partial
delete_row_by_row = storage.Storage._delete_keys
prune = transactions.TransactionRegistry._prune_retryable_locked
open_synced = storage.wt.wiredtiger_open
compare = diff._walk


def look_up_or_walk(self, db, coll, filter, **options):
    """Finds by ids, by ranges of them, and by whatever has an index, as MongoDB does; the stand-in reads the whole collection."""
    span = filter.get("_id") if filter else None
    if span is not None and not isinstance(span, dict):
        return look_up(self, db, coll, {"_id": span}, **options)
    found = look_up(self, db, coll, filter, **options)
    if found is not None or not filter:
        return found
    plain = {field: clause for field, clause in filter.items() if not field.startswith("$")}
    if len(plain) < len(filter):
        return look_up_or_walk(self, db, coll, plain, **options)
    if span is None or not set(span) <= RANGE_OPERATORS or not all(isinstance(bound, str) for bound in span.values()):
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


def find_in_order(self, db, coll, filter=None, *, sort=None, limit=0, **options):
    """Finds the first of a sort by walking an index in its order, as MongoDB does; the stand-in reads and sorts all that match."""
    index = ordered_index(self, db, coll, filter, sort)
    if limit <= 0 or index is None or any(options.get(name) for name in NOT_WALKED):
        return find(self, db, coll, filter, sort=sort, limit=limit, **options)
    with self._lock:
        self._refresh_read_snapshot()
        rows = walk_index(self, db, coll, index, filter, sort)
        found = itertools.islice((row for row in rows if storage.matches(row, filter, vars=options.get("let"))), limit)
        ids = [row["_id"] for row in found]
    return find(self, db, coll, {"_id": {"$in": ids}}, sort=sort, **options)


def ordered_index(self, db, coll, filter, sort):
    """Returns an index of ascending fields, all of them equal to something in the filter but the last, by which is sorted."""
    if not filter or not sort or len(sort) != 1:
        return None
    [by] = sort
    equal = {field for field, clause in filter.items() if not field.startswith("$") and not isinstance(clause, dict)}
    for name, key, sparse, _unique in self._all_indexes(db, coll):
        *before, last = key
        is_whole = not sparse and name not in self._partial_filters(db, coll)
        if is_whole and last == by and set(before) == equal and all(way == 1 for way in key.values()):
            return name, before
    return None


def begin_of_walk(clause, is_up):
    """Returns where the last field's part of an index begins to have what a clause asks for, in the direction of the walk."""
    if not is_up:
        return b"\xff" * 16
    lowest = [clause[bound] for bound in ("$gt", "$gte") if bound in clause] if isinstance(clause, dict) else []
    return storage._escape_kb(storage.encode_value_directed(max(lowest), 1, collation=None)) if lowest else b""


def walk_index(self, db, coll, index, filter, sort):
    name, before = index
    parts = [storage.encode_value_directed(filter[field], 1, collation=None) for field in before]
    prefix = storage._escape_kb(b"".join(part + storage.COMPOUND_SEP for part in parts))
    cursor = self._cursor(storage._IDX_ENTRIES_TABLE)
    cursor.reset()
    is_up = list(sort.values()) == [1]
    step = cursor.next if is_up else cursor.prev
    cursor.set_key(db, coll, name, prefix + begin_of_walk(filter.get(next(iter(sort))), is_up))
    found = cursor.search_near()
    if found == storage.wt.WT_NOTFOUND or ((found < 0) == is_up and found != 0 and step() != 0):
        return
    while True:
        in_db, in_coll, in_index, packed = cursor.get_key()
        entry, row_id = storage._unpack_entry(bytes(packed))
        if (in_db, in_coll, in_index) != (db, coll, name) or not entry.startswith(prefix):
            return
        yield from self._docs_by_recordids(db, coll, [row_id])
        if step() != 0:
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


def delete_in_batches(self, table, keys):
    """Deletes rows of what is dropped with one write to the disk for many."""
    for first in range(0, len(keys), DELETED_AT_ONCE):
        with self._batch_transaction():
            delete_row_by_row(self, table, keys[first : first + DELETED_AT_ONCE])


def open_unsynced(folder, config):
    """Hands commits to the operating system without waiting for the disk: they outlive a kill, which is all that tests do."""
    return open_synced(folder, config.replace("(enabled=true,method=fsync)", "(enabled=true,method=none)"))


def prune_now_and_then(self):
    """Forgets writes that are not tried again any more; the stand-in looks through all that it remembers at each write."""
    if time.monotonic() >= getattr(self, "prune_at", 0):
        self.prune_at = time.monotonic() + PRUNE_SECONDS
        prune(self)


def compare_but_pushed(pre, post, path, updated, removed, truncated, disambiguated, segments, elementwise, pushed=frozenset()):
    """Tells of a list that was pushed to what is new, as MongoDB does; the stand-in compares all that was there before."""
    is_list = isinstance(pre, list) and isinstance(post, list)
    if is_list and pre and path in pushed and elementwise and elementwise.get(path, ()) is None:
        updated.update((f"{path}.{place}", post[place]) for place in range(len(pre), len(post)))
    else:
        compare(pre, post, path, updated, removed, truncated, disambiguated, segments, elementwise, pushed)


def take_shortcuts(*, waits_for_disk):
    """Puts what is above in the place of the stand-in's own."""
    diff._walk = compare_but_pushed
    transactions.TransactionRegistry._prune_retryable_locked = prune_now_and_then
    if not waits_for_disk:
        storage.wt.wiredtiger_open = open_unsynced
    storage.Storage._try_index_id_keys = look_up_or_walk
    storage.Storage.find_matching = find_in_order
    storage.Storage._delete_keys = delete_in_batches
    storage.Storage._query_implies_partial = staticmethod(implies)
