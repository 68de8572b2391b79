-- name: list_traits
-- By group and name. Names hold no slash, so a place names one trait. `trait_groups` are in lower case; NULL for all.
SELECT trait_group, trait_name, value, updated_at FROM trait
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s
  AND trait_group || '/' || trait_name {after} %(key)s
  AND (%(trait_groups)s::text[] IS NULL OR lower(trait_group) = ANY (%(trait_groups)s::text[]))
ORDER BY trait_group || '/' || trait_name {direction} LIMIT %(limit)s;
