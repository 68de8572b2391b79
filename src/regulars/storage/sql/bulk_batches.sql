-- name: insert_bulk_batch
INSERT INTO bulk_batch (store_id, operation_id, profiles)
VALUES (%(store_id)s, %(operation_id)s, %(profiles)s);

-- name: fetch_bulk_batch
SELECT profiles FROM bulk_batch
WHERE store_id = %(store_id)s AND operation_id = %(operation_id)s;

-- name: delete_bulk_batch
DELETE FROM bulk_batch
WHERE store_id = %(store_id)s AND operation_id = %(operation_id)s;
