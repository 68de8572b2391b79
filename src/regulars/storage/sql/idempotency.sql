-- name: claim_key
-- No row when the key is there and young; whoever holds it at the same moment is waited for.
INSERT INTO idempotent_request (account_sid, idempotency_key, request, operation_id, resource_id, created_at)
VALUES (%(account_sid)s, %(idempotency_key)s, %(request)s, '', '', %(now)s)
ON CONFLICT (account_sid, idempotency_key) DO UPDATE
SET request = excluded.request, operation_id = '', resource_id = '', created_at = excluded.created_at
WHERE idempotent_request.created_at <= %(expired_at)s;

-- name: fetch_answer
SELECT request, operation_id, resource_id FROM idempotent_request
WHERE account_sid = %(account_sid)s AND idempotency_key = %(idempotency_key)s;

-- name: set_answer
UPDATE idempotent_request SET operation_id = %(operation_id)s, resource_id = %(resource_id)s
WHERE account_sid = %(account_sid)s AND idempotency_key = %(idempotency_key)s;

-- name: delete_old
-- scope: store-wide
DELETE FROM idempotent_request WHERE created_at < %(before)s;
