-- name: insert_profiles
INSERT INTO profile (store_id, profile_id, memory_version, created_at)
SELECT %(store_id)s, w.profile_id, 0, %(now)s FROM unnest(%(profile_ids)s::text[]) AS w (profile_id);

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

-- name: upsert_traits
-- In a fixed order: writers take turns.
INSERT INTO trait (store_id, profile_id, trait_group, trait_name, value, updated_at)
SELECT %(store_id)s, w.profile_id, w.trait_group, w.trait_name, w.value, w.updated_at
FROM unnest(
    %(profile_ids)s::text[], %(trait_groups)s::text[], %(trait_names)s::text[], %(values)s::jsonb[],
    %(updated_ats)s::timestamptz[]
) AS w (profile_id, trait_group, trait_name, value, updated_at)
ORDER BY w.profile_id, w.trait_group, w.trait_name
ON CONFLICT (store_id, profile_id, trait_group, trait_name)
DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at;

-- name: delete_trait
DELETE FROM trait
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s
  AND trait_group = %(trait_group)s AND trait_name = %(trait_name)s;

-- name: list_stamped_traits
SELECT trait_group, trait_name, value, updated_at FROM trait
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s
ORDER BY trait_group, trait_name;

-- name: list_traits
SELECT trait_group, trait_name, value FROM trait
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s
ORDER BY trait_group, trait_name;
