-- name: claim_identifier
-- Whose it is from now on: ours when nobody had it, else its owner's.
INSERT INTO identifier (store_id, id_type, value, holder, profile_id, added_at)
VALUES (%(store_id)s, %(id_type)s, %(value)s, '', %(profile_id)s, %(now)s)
ON CONFLICT (store_id, id_type, value, holder) DO UPDATE SET profile_id = identifier.profile_id
RETURNING profile_id;

-- name: fetch_owner
SELECT profile_id FROM identifier
WHERE store_id = %(store_id)s AND id_type = %(id_type)s AND value = %(value)s;

-- name: insert_profile_identifier
INSERT INTO profile_identifier (store_id, profile_id, id_type, value, added_at)
VALUES (%(store_id)s, %(profile_id)s, %(id_type)s, %(value)s, %(now)s)
ON CONFLICT (store_id, profile_id, id_type, value) DO NOTHING;
