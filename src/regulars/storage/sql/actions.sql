-- name: insert_action
INSERT INTO action (
    store_id, conversation_id, action_id, type, payload, status, communication_id, created_at, updated_at, completed_at
)
VALUES (
    %(store_id)s, %(conversation_id)s, %(action_id)s, %(type)s, %(payload)s, %(status)s, %(communication_id)s, %(now)s,
    %(now)s, %(completed_at)s
);

-- name: fetch_action
SELECT
    store_id, conversation_id, action_id, type, payload, status, message_sid, communication_id, failure_reason, sent_at,
    created_at, updated_at, completed_at
FROM action
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND action_id = %(action_id)s;

-- name: begin_action
-- One row for the one that may try: nobody else has begun since `before` was read.
UPDATE action SET sent_at = %(now)s, updated_at = %(now)s
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND action_id = %(action_id)s
  AND status = 'PENDING' AND sent_at IS NOT DISTINCT FROM %(before)s::timestamptz;

-- name: forget_try
-- The try is known to have sent nothing.
UPDATE action SET sent_at = NULL, updated_at = %(now)s
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND action_id = %(action_id)s
  AND status = 'PENDING' AND sent_at = %(before)s;

-- name: complete_action
UPDATE action
SET status = 'COMPLETED', message_sid = %(message_sid)s, communication_id = %(communication_id)s, updated_at = %(now)s,
    completed_at = %(now)s
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND action_id = %(action_id)s
  AND status = 'PENDING';

-- name: fail_action
UPDATE action
SET status = 'FAILED', failure_reason = %(failure_reason)s, updated_at = %(now)s, completed_at = %(now)s
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND action_id = %(action_id)s
  AND status = 'PENDING';

-- name: list_message_sids
-- Of these messages, those that actions of the conversation have sent, and those that it knew before an instant.
SELECT message_sid FROM action
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND message_sid = ANY (%(message_sids)s)
UNION
SELECT resource_id FROM communication
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND resource_id = ANY (%(message_sids)s)
  AND created_at < %(before)s;
