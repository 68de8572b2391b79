-- name: insert_account
-- scope: reference
-- One row when it is new; an account that is known is left alone.
INSERT INTO account (account_sid, auth_token_sealed, imported, created_at)
VALUES (%(account_sid)s, %(auth_token_sealed)s, %(imported)s, %(created_at)s)
ON CONFLICT (account_sid) DO NOTHING;

-- name: update_account_token
-- scope: reference
UPDATE account SET auth_token_sealed = %(auth_token_sealed)s, imported = imported OR %(imported)s
WHERE account_sid = %(account_sid)s;

-- name: fetch_account
-- scope: reference
SELECT account_sid, auth_token_sealed, imported FROM account WHERE account_sid = %(account_sid)s;

-- name: list_accounts
-- scope: reference
SELECT account_sid, auth_token_sealed, imported FROM account ORDER BY account_sid;

-- name: insert_key
-- scope: reference
INSERT INTO api_key (key_sid, account_sid, secret_hash, created_at)
VALUES (%(key_sid)s, %(account_sid)s, %(secret_hash)s, %(created_at)s);

-- name: list_keys
-- scope: reference
SELECT key_sid, account_sid, created_at, revoked_at FROM api_key
WHERE account_sid = %(account_sid)s ORDER BY key_sid;

-- name: revoke_key
-- scope: reference
UPDATE api_key SET revoked_at = coalesce(revoked_at, %(revoked_at)s) WHERE key_sid = %(key_sid)s;

-- name: fetch_key_credentials
-- scope: reference
-- A live key, its account and the account's stores: all that a request needs to know who it is.
SELECT
    k.account_sid,
    k.secret_hash,
    NULL::bytea AS auth_token_sealed,
    ARRAY(
        SELECT s.store_id FROM store s
        WHERE s.account_sid = k.account_sid AND s.deleted_at IS NULL ORDER BY s.store_id
    ) AS store_ids
FROM api_key k
WHERE k.key_sid = %(user)s AND k.revoked_at IS NULL;

-- name: fetch_key_credentials_and_place
-- And how far the memory of a profile is, in one round trip; without one when there is no such profile.
SELECT
    k.account_sid,
    k.secret_hash,
    NULL::bytea AS auth_token_sealed,
    ARRAY(
        SELECT s.store_id FROM store s
        WHERE s.account_sid = k.account_sid AND s.deleted_at IS NULL ORDER BY s.store_id
    ) AS store_ids,
    p.memory_version, p.removed_version, p.merged_into
FROM api_key k
LEFT JOIN profile p ON p.store_id = %(store_id)s AND p.profile_id = %(profile_id)s
WHERE k.key_sid = %(user)s AND k.revoked_at IS NULL;

-- name: fetch_account_credentials
-- scope: reference
SELECT
    a.account_sid,
    NULL::bytea AS secret_hash,
    a.auth_token_sealed,
    ARRAY(
        SELECT s.store_id FROM store s
        WHERE s.account_sid = a.account_sid AND s.deleted_at IS NULL ORDER BY s.store_id
    ) AS store_ids
FROM account a
WHERE a.account_sid = %(user)s;

-- name: fetch_account_credentials_and_place
SELECT
    a.account_sid,
    NULL::bytea AS secret_hash,
    a.auth_token_sealed,
    ARRAY(
        SELECT s.store_id FROM store s
        WHERE s.account_sid = a.account_sid AND s.deleted_at IS NULL ORDER BY s.store_id
    ) AS store_ids,
    p.memory_version, p.removed_version, p.merged_into
FROM account a
LEFT JOIN profile p ON p.store_id = %(store_id)s AND p.profile_id = %(profile_id)s
WHERE a.account_sid = %(user)s;
