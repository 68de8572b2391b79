-- name: insert_bulk_batch
INSERT INTO bulk_batch (store_id, operation_id, profiles, created_at)
VALUES (%(store_id)s, %(operation_id)s, %(profiles)s, %(now)s);

-- name: fetch_bulk_batch
SELECT profiles, created_at FROM bulk_batch
WHERE store_id = %(store_id)s AND operation_id = %(operation_id)s;

-- name: delete_bulk_batch
DELETE FROM bulk_batch
WHERE store_id = %(store_id)s AND operation_id = %(operation_id)s;
