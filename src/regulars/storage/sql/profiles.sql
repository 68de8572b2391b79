-- name: insert_profile
-- Nothing happens when it is there.
INSERT INTO profile (store_id, profile_id, memory_version, created_at)
VALUES (%(store_id)s, %(profile_id)s, 0, %(now)s)
ON CONFLICT (store_id, profile_id) DO NOTHING;

-- name: fetch_profile
SELECT profile_id, created_at FROM profile
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s;

-- name: fetch_place
-- Whether a profile is there, how far its memory is, and who answers for it when it was merged.
SELECT memory_version, removed_version, merged_into FROM profile
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s;

-- name: list_profile_ids
-- scope: store-wide
SELECT profile_id FROM profile
WHERE store_id = %(store_id)s AND profile_id {after} %(key)s AND merged_into IS NULL
ORDER BY profile_id {direction} LIMIT %(limit)s;

-- name: next_memory_version
-- Every change of a profile's memory takes the next number while it holds the row: numbers are handed out in the
-- order of commit, so a reader that knows version n has missed nothing below it.
UPDATE profile SET memory_version = memory_version + 1
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND merged_into IS NULL
RETURNING memory_version;

-- name: upsert_trait
INSERT INTO trait (store_id, profile_id, trait_group, trait_name, value, updated_at)
VALUES (%(store_id)s, %(profile_id)s, %(trait_group)s, %(trait_name)s, %(value)s, %(now)s)
ON CONFLICT (store_id, profile_id, trait_group, trait_name)
DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at;

-- name: list_traits
SELECT trait_group, trait_name, value FROM trait
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s
ORDER BY trait_group, trait_name;
