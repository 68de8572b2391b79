-- name: insert_trait_group
-- scope: reference
INSERT INTO trait_group (store_id, name, description, traits, version, created_at, updated_at)
VALUES (%(store_id)s, %(name)s, %(description)s, %(traits)s, 1, %(now)s, %(now)s);

-- name: list_trait_groups
-- scope: reference
SELECT name, description, traits, version FROM trait_group WHERE store_id = %(store_id)s ORDER BY name;

-- name: list_trait_groups_page
-- scope: reference
SELECT name, description, traits, version FROM trait_group
WHERE store_id = %(store_id)s AND name {after} %(key)s
ORDER BY name {direction} LIMIT %(limit)s;

-- name: update_trait_group
-- scope: reference
UPDATE trait_group
SET description = %(description)s, traits = %(traits)s, version = %(version)s, updated_at = %(now)s
WHERE store_id = %(store_id)s AND name = %(name)s;

-- name: delete_trait_group
-- scope: reference
DELETE FROM trait_group WHERE store_id = %(store_id)s AND name = %(name)s;

-- name: delete_trait_groups
-- scope: reference
DELETE FROM trait_group WHERE store_id = %(store_id)s;

-- name: list_profiles_after
-- scope: store-wide
SELECT profile_id FROM profile
WHERE store_id = %(store_id)s AND profile_id > %(after)s
ORDER BY profile_id LIMIT %(limit)s;

-- name: delete_values
-- Of some traits of a group, or of all when `trait_names` is NULL. What was written later belongs to a new definition.
DELETE FROM trait
WHERE store_id = %(store_id)s AND profile_id = ANY(%(profile_ids)s) AND trait_group = %(trait_group)s
  AND (%(trait_names)s::text[] IS NULL OR trait_name = ANY(%(trait_names)s::text[])) AND updated_at <= %(until)s;
