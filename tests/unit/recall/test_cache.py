from regulars.recall.cache import SnapshotCache


def test_the_least_recently_used_goes_first(memory, snapshot_of):
    one = snapshot_of(memory("a", "likes tea"))
    cache = SnapshotCache(bytes_max=2 * one.bytes)
    for profile in ("1", "2"):
        cache.put(("store", profile), one)
    assert cache.get(("store", "1")) is one
    cache.put(("store", "3"), one)
    assert cache.get(("store", "2")) is None
    assert cache.get(("store", "1")) is one
    assert cache.bytes == 2 * one.bytes
    assert len(cache) == 2


def test_what_exceeds_the_budget_alone_is_not_kept(memory, snapshot_of):
    one = snapshot_of(memory("a", "likes tea"))
    cache = SnapshotCache(bytes_max=one.bytes - 1)
    cache.put(("store", "1"), one)
    assert cache.get(("store", "1")) is None
    assert cache.bytes == 0


def test_what_exceeds_the_budget_alone_pushes_nobody_out(memory, snapshot_of):
    one = snapshot_of(memory("a", "likes tea"))
    many = snapshot_of(*(memory(f"{number}", "likes tea") for number in range(40)))
    cache = SnapshotCache(bytes_max=many.bytes - 1)
    cache.put(("store", "1"), one)
    cache.put(("store", "2"), many)
    assert cache.get(("store", "1")) is one
    assert cache.bytes == one.bytes


def test_an_older_version_does_not_replace_a_newer(memory, snapshot_of):
    old = snapshot_of(memory("a", "likes tea"))
    new = old.updated([memory("b", "owns a dog")], 2)
    cache = SnapshotCache(bytes_max=10 * new.bytes)
    cache.put(("store", "1"), new)
    cache.put(("store", "1"), old)
    assert cache.get(("store", "1")) is new
    assert cache.bytes == new.bytes


def test_what_is_dropped_is_gone_and_gives_its_bytes_back(memory, snapshot_of):
    one = snapshot_of(memory("a", "likes tea"))
    cache = SnapshotCache(bytes_max=2 * one.bytes)
    cache.put(("store", "1"), one)
    cache.drop(("store", "1"))
    cache.drop(("store", "2"))
    assert cache.get(("store", "1")) is None
    assert cache.bytes == len(cache) == 0
