-- name: delete_expired_batches
DELETE FROM accepted_batch
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND created_at <= %(expired_at)s;

-- name: insert_batch
-- No row when the key is there.
INSERT INTO accepted_batch (store_id, profile_id, idempotency_key, created_at)
VALUES (%(store_id)s, %(profile_id)s, %(idempotency_key)s, %(now)s)
ON CONFLICT (store_id, profile_id, idempotency_key) DO NOTHING;
