-- name: insert_operation
INSERT INTO operation (operation_id, account_sid, resource_id, actor, status, created_at, completed_at)
VALUES (
    %(operation_id)s, %(account_sid)s, %(resource_id)s, %(actor)s, %(status)s, %(now)s, %(completed_at)s
);

-- name: fetch_operation
SELECT operation_id, resource_id, status, created_at, completed_at, error, report FROM operation
WHERE account_sid = %(account_sid)s AND operation_id = %(operation_id)s;

-- name: start_operation
UPDATE operation SET status = 'RUNNING' WHERE operation_id = %(operation_id)s AND status = 'PENDING';

-- name: end_operation
-- Ends once: whoever comes second changes nothing.
UPDATE operation
SET status = %(status)s, error = %(error)s, report = %(report)s, completed_at = %(now)s
WHERE operation_id = %(operation_id)s AND status IN ('PENDING', 'RUNNING');
