-- name: list_holders
-- Everybody who has one of the values of a kind. The owner of a value stands with an empty holder.
SELECT value, holder <> '' AS shared, profile_id, reach FROM identifier
WHERE store_id = %(store_id)s AND id_type = %(id_type)s AND value = ANY (%(values)s);

-- name: list_owners
-- Who answers to a value: the owner first, then those who share it.
SELECT profile_id FROM identifier
WHERE store_id = %(store_id)s AND id_type = %(id_type)s AND value = %(value)s
ORDER BY holder LIMIT %(limit)s;

-- name: list_held
-- The oldest first.
SELECT profile_id, id_type, value, added_at FROM profile_identifier
WHERE store_id = %(store_id)s AND profile_id = ANY (%(profile_ids)s)
ORDER BY added_at, value;

-- name: claim_owned
-- A row for each value that is ours from now on, or was; none for one that somebody else has. In a fixed order:
-- writers take turns.
INSERT INTO identifier (store_id, id_type, value, holder, profile_id, added_at)
SELECT %(store_id)s, w.id_type, w.value, '', w.profile_id, w.added_at
FROM unnest(
    %(id_types)s::text[], %(values)s::text[], %(profile_ids)s::text[], %(added_ats)s::timestamptz[]
) AS w (id_type, value, profile_id, added_at)
ORDER BY w.id_type, w.value
ON CONFLICT (store_id, id_type, value, holder) DO UPDATE SET profile_id = identifier.profile_id
WHERE identifier.profile_id = excluded.profile_id;

-- name: claim_shared
INSERT INTO identifier (store_id, id_type, value, holder, profile_id, added_at)
SELECT %(store_id)s, w.id_type, w.value, w.profile_id, w.profile_id, w.added_at
FROM unnest(
    %(id_types)s::text[], %(values)s::text[], %(profile_ids)s::text[], %(added_ats)s::timestamptz[]
) AS w (id_type, value, profile_id, added_at)
ORDER BY w.id_type, w.value
ON CONFLICT (store_id, id_type, value, holder) DO NOTHING;

-- name: insert_held
INSERT INTO profile_identifier (store_id, profile_id, id_type, value, added_at)
SELECT %(store_id)s, w.profile_id, w.id_type, w.value, w.added_at
FROM unnest(
    %(id_types)s::text[], %(values)s::text[], %(profile_ids)s::text[], %(added_ats)s::timestamptz[]
) AS w (id_type, value, profile_id, added_at)
ORDER BY w.profile_id, w.id_type, w.value
ON CONFLICT (store_id, profile_id, id_type, value) DO NOTHING;

-- name: raise_reach
-- On every row of the value: whoever has it last still knows.
UPDATE identifier SET reach = greatest(reach, %(reach)s)
WHERE store_id = %(store_id)s AND id_type = %(id_type)s AND value = %(value)s;

-- name: give_to
-- The owner of a value becomes another profile.
UPDATE identifier SET profile_id = %(to_id)s
WHERE store_id = %(store_id)s AND id_type = %(id_type)s AND value = %(value)s AND holder = ''
  AND profile_id = %(from_id)s;

-- name: share_with
INSERT INTO identifier (store_id, id_type, value, holder, profile_id, added_at, reach)
SELECT store_id, id_type, value, %(to_id)s, %(to_id)s, added_at, reach FROM identifier
WHERE store_id = %(store_id)s AND id_type = %(id_type)s AND value = %(value)s AND holder = %(from_id)s
ON CONFLICT (store_id, id_type, value, holder) DO NOTHING;

-- name: drop_double
-- Whoever owns a value does not share it as well.
DELETE FROM identifier
WHERE store_id = %(store_id)s AND id_type = %(id_type)s AND value = %(value)s AND holder = %(profile_id)s
  AND EXISTS (
    SELECT 1 FROM identifier AS owned
    WHERE owned.store_id = %(store_id)s AND owned.id_type = %(id_type)s AND owned.value = %(value)s
      AND owned.holder = '' AND owned.profile_id = %(profile_id)s
  );

-- name: release
DELETE FROM identifier
WHERE store_id = %(store_id)s AND id_type = %(id_type)s AND value = %(value)s AND profile_id = %(profile_id)s;

-- name: release_shared
DELETE FROM identifier
WHERE store_id = %(store_id)s AND id_type = %(id_type)s AND value = %(value)s AND holder = %(profile_id)s;

-- name: delete_held
DELETE FROM profile_identifier
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND id_type = %(id_type)s AND value = %(value)s;
