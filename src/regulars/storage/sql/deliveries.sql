-- name: list_stores
-- scope: reference
SELECT store_id FROM store ORDER BY store_id;

-- name: list_ended
-- scope: store-wide
SELECT conversation_id, delivery_id FROM delivery
WHERE store_id = %(store_id)s AND created_at < %(before)s AND status <> 'PENDING'
ORDER BY created_at LIMIT %(limit)s;

-- name: delete_ended
DELETE FROM delivery
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s) AND delivery_id = ANY (%(delivery_ids)s)
  AND status <> 'PENDING';

-- name: list_told
-- Which of these conversations have deliveries left.
SELECT DISTINCT conversation_id FROM delivery
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s);

-- name: delete_idle_queues
-- A writer who appends at this moment makes the row anew.
DELETE FROM callback_queue
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s) AND due_at IS NULL;

-- name: list_deliveries
-- scope: store-wide
-- The newest of each store first. Any filter may be NULL.
SELECT
    s.account_sid, d.store_id, d.conversation_id, d.delivery_id, d.url, d.position, d.method, d.event_type, d.event_id,
    d.status, d.attempts, d.attempted_at, d.answer_status, d.answer, d.created_at
FROM store s
CROSS JOIN LATERAL (
    SELECT
        store_id, conversation_id, delivery_id, url, position, method, event_type, event_id, status, attempts,
        attempted_at, answer_status, answer, created_at
    FROM delivery
    WHERE delivery.store_id = s.store_id
      AND (%(conversation_id)s::text IS NULL OR conversation_id = %(conversation_id)s)
      AND (%(statuses)s::text[] IS NULL OR status = ANY (%(statuses)s))
      AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)
    ORDER BY created_at DESC, delivery_id DESC LIMIT %(limit)s
) d
WHERE %(account_sid)s::text IS NULL OR s.account_sid = %(account_sid)s
ORDER BY d.created_at DESC, d.delivery_id DESC LIMIT %(limit)s;

-- name: find_delivery
-- scope: store-wide
SELECT d.store_id, d.conversation_id, d.delivery_id, d.url, d.position, s.account_sid
FROM store s
JOIN delivery d ON d.store_id = s.store_id
WHERE d.delivery_id = %(delivery_id)s;

-- name: revive
-- One that is PENDING already starts its schedule anew.
UPDATE delivery SET status = 'PENDING', attempts = 0
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND delivery_id = %(delivery_id)s;

-- name: wake_queue
-- What waits for a later try is due now, unless it may be in a sender's hands.
INSERT INTO callback_queue (store_id, conversation_id, url, account_sid, last_position, due_at)
VALUES (%(store_id)s, %(conversation_id)s, %(url)s, %(account_sid)s, %(position)s, %(now)s)
ON CONFLICT (store_id, conversation_id, url) DO UPDATE SET
    due_at = CASE
        WHEN callback_queue.due_at IS NULL OR callback_queue.due_at > %(held_until)s THEN excluded.due_at
        ELSE callback_queue.due_at
    END;
