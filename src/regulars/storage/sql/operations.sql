-- name: insert_operation
INSERT INTO operation (operation_id, account_sid, resource_id, status, created_at, completed_at)
VALUES (%(operation_id)s, %(account_sid)s, %(resource_id)s, 'COMPLETED', %(now)s, %(now)s);

-- name: fetch_operation
SELECT operation_id, resource_id, status, created_at, completed_at FROM operation
WHERE account_sid = %(account_sid)s AND operation_id = %(operation_id)s;
