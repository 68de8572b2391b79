-- name: insert_store
-- scope: reference
INSERT INTO store (store_id, account_sid, display_name, description, screening, status, version, created_at, updated_at)
VALUES (
    %(store_id)s, %(account_sid)s, %(display_name)s, %(description)s, %(screening)s, 'ACTIVE', 1, %(now)s, %(now)s
);

-- name: lock_account
-- scope: reference
-- Creations of stores and configurations of one account take turns, so that limits hold.
SELECT account_sid FROM account WHERE account_sid = %(account_sid)s FOR UPDATE;

-- name: count_stores
-- scope: reference
SELECT count(*) AS stores FROM store WHERE account_sid = %(account_sid)s AND deleted_at IS NULL;

-- name: fetch_store
-- scope: reference
SELECT store_id, display_name, description, screening, status, version, created_at FROM store
WHERE account_sid = %(account_sid)s AND store_id = %(store_id)s AND deleted_at IS NULL;

-- name: fetch_account_sid
-- scope: reference
SELECT account_sid FROM store WHERE store_id = %(store_id)s AND deleted_at IS NULL;

-- name: fetch_screening
-- scope: reference
SELECT screening FROM store WHERE store_id = %(store_id)s AND deleted_at IS NULL;

-- name: list_store_ids
-- scope: reference
SELECT store_id FROM store
WHERE account_sid = %(account_sid)s AND deleted_at IS NULL AND store_id {after} %(key)s
ORDER BY store_id {direction} LIMIT %(limit)s;

-- name: lock_store
-- scope: reference
-- Changes of a store, its identity settings and its trait groups take turns; what goes into the store does not wait.
SELECT store_id, display_name, description, screening, status, version, created_at FROM store
WHERE store_id = %(store_id)s AND deleted_at IS NULL FOR NO KEY UPDATE;

-- name: hold_store
-- scope: reference
-- Many may hold it at once; changes of what the store declares wait for them.
SELECT store_id FROM store WHERE store_id = %(store_id)s AND deleted_at IS NULL FOR SHARE;

-- name: update_store
-- scope: reference
UPDATE store
SET display_name = %(display_name)s, description = %(description)s, screening = %(screening)s, version = %(version)s,
    updated_at = %(now)s
WHERE store_id = %(store_id)s;

-- name: retire_store
-- scope: reference
-- Its name is free at once. No store can be named like a retired one: names have no spaces.
UPDATE store
SET deleted_at = %(now)s, updated_at = %(now)s, display_name = 'deleted ' || store_id
WHERE store_id = %(store_id)s AND deleted_at IS NULL;

-- name: delete_store
-- scope: reference
DELETE FROM store WHERE store_id = %(store_id)s AND deleted_at IS NOT NULL;
