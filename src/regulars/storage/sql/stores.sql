-- name: insert_store
-- scope: reference
INSERT INTO store (store_id, account_sid, display_name, description, status, version, created_at, updated_at)
VALUES (%(store_id)s, %(account_sid)s, %(display_name)s, %(description)s, 'ACTIVE', 1, %(now)s, %(now)s);

-- name: lock_account
-- scope: reference
-- Creations of stores and configurations of one account take turns, so that limits hold.
SELECT account_sid FROM account WHERE account_sid = %(account_sid)s FOR UPDATE;

-- name: count_stores
-- scope: reference
SELECT count(*) AS stores FROM store WHERE account_sid = %(account_sid)s;

-- name: fetch_store
-- scope: reference
SELECT store_id, display_name, description, status, version, created_at FROM store
WHERE account_sid = %(account_sid)s AND store_id = %(store_id)s;

-- name: list_store_ids
-- scope: reference
SELECT store_id FROM store
WHERE account_sid = %(account_sid)s AND store_id {after} %(key)s
ORDER BY store_id {direction} LIMIT %(limit)s;

-- name: fetch_account_sid
-- scope: reference
SELECT account_sid FROM store WHERE store_id = %(store_id)s;

-- name: insert_identity_settings
-- scope: reference
INSERT INTO identity_settings (store_id, identifier_configs, matching_rules, version, updated_at)
VALUES (%(store_id)s, %(identifier_configs)s, %(matching_rules)s, 1, %(now)s);

-- name: fetch_identity_settings
-- scope: reference
SELECT identifier_configs, matching_rules FROM identity_settings WHERE store_id = %(store_id)s;

-- name: insert_trait_group
-- scope: reference
INSERT INTO trait_group (store_id, name, description, traits, version, created_at, updated_at)
VALUES (%(store_id)s, %(name)s, %(description)s, %(traits)s, 1, %(now)s, %(now)s);

-- name: list_trait_groups
-- scope: reference
SELECT name, description, traits, version FROM trait_group WHERE store_id = %(store_id)s ORDER BY name;
