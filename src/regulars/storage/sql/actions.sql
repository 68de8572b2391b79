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

-- name: list_sent_sids
-- scope: store-wide
-- Of these messages, those that some action has sent.
SELECT message_sid FROM action
WHERE store_id = ANY (%(store_ids)s) AND message_sid = ANY (%(message_sids)s);

-- name: list_holding_any
SELECT store_id, conversation_id FROM conversation_channel
WHERE store_id = ANY (%(store_ids)s) AND channel_id = ANY (%(message_sids)s);

-- name: list_sids_known_before
-- Of these messages, those that one of these conversations knew before an instant.
SELECT resource_id FROM communication
WHERE store_id = ANY (%(store_ids)s) AND conversation_id = ANY (%(conversation_ids)s)
  AND resource_id = ANY (%(message_sids)s) AND created_at < %(before)s;

-- name: fetch_other_under_way
-- scope: store-wide
-- Another action that has begun to send something to the same recipient, and not ended since.
SELECT action_id FROM action
WHERE store_id = ANY (%(store_ids)s) AND status = 'PENDING' AND sent_at > %(since)s
  AND payload -> 'to' -> 0 ->> 'address' = ANY (%(addresses)s::text[]) AND action_id <> %(action_id)s
LIMIT 1;
