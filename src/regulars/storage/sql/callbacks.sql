-- name: append
-- A writer and a sender that ends its turn take turns on the row of the queue, so that neither misses the other.
WITH queue AS (
    INSERT INTO callback_queue (store_id, conversation_id, url, account_sid, last_position, due_at)
    VALUES (%(store_id)s, %(conversation_id)s, %(url)s, %(account_sid)s, %(count)s, %(now)s)
    ON CONFLICT (store_id, conversation_id, url) DO UPDATE SET
        last_position = callback_queue.last_position + excluded.last_position,
        due_at = coalesce(callback_queue.due_at, excluded.due_at)
    RETURNING last_position
)
INSERT INTO delivery (
    store_id, conversation_id, delivery_id, url, position, method, event_type, event_id, body, status, attempts,
    created_at
)
SELECT
    %(store_id)s, %(conversation_id)s, e.delivery_id, %(url)s, q.last_position - %(count)s + e.number, %(method)s,
    e.event_type, e.event_id, e.body, 'PENDING', 0, %(now)s
FROM queue q
CROSS JOIN unnest(%(delivery_ids)s::text[], %(event_types)s::text[], %(event_ids)s::text[], %(bodies)s::text[])
    WITH ORDINALITY AS e (delivery_id, event_type, event_id, body, number);

-- name: list_due
-- scope: store-wide
-- Through the partial index on due_at: costs what is due, not what is there.
SELECT store_id, conversation_id, url, account_sid, due_at FROM callback_queue
WHERE due_at IS NOT NULL AND due_at <= %(now)s
  AND url <> ALL (%(full_urls)s::text[]) AND account_sid <> ALL (%(full_accounts)s::text[])
ORDER BY due_at LIMIT %(limit)s;

-- name: move_turn
-- Who set `due_at` last holds the turn: nobody else knows the instant.
UPDATE callback_queue SET due_at = %(due_at)s
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND url = %(url)s AND due_at = %(seen)s;

-- name: lock_queue
SELECT due_at FROM callback_queue
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND url = %(url)s
FOR UPDATE;

-- name: end_turn
-- Runs after `lock_queue`, so that it sees what was appended until then: due again while something waits, and not
-- before `retry_at` when that is the delivery which just failed.
UPDATE callback_queue SET due_at = (
    SELECT CASE WHEN d.delivery_id = %(delivery_id)s THEN %(retry_at)s::timestamptz ELSE %(now)s::timestamptz END
    FROM delivery d
    WHERE d.store_id = %(store_id)s AND d.conversation_id = %(conversation_id)s AND d.url = %(url)s
      AND d.status = 'PENDING'
    ORDER BY d.position LIMIT 1
)
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND url = %(url)s AND due_at = %(seen)s
RETURNING due_at;

-- name: hasten
-- scope: store-wide
-- Turns that somebody holds are left alone: those end within a lease.
UPDATE callback_queue SET due_at = %(now)s
WHERE due_at IS NOT NULL AND due_at > %(held_until)s AND account_sid = %(account_sid)s AND url = ANY (%(urls)s);

-- name: list_pending
SELECT delivery_id, method, event_type, event_id, body, attempts FROM delivery
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND url = %(url)s AND status = 'PENDING'
ORDER BY position LIMIT %(limit)s;

-- name: record
-- Of two senders that both believed to have the turn, one counts.
UPDATE delivery SET
    status = %(status)s, attempts = attempts + 1, attempted_at = %(now)s, answer_status = %(answer_status)s,
    answer = %(answer)s
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND delivery_id = %(delivery_id)s
  AND status = 'PENDING' AND attempts = %(attempts)s;

-- name: skip_pending
UPDATE delivery SET status = 'SKIPPED', answer = %(answer)s
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND url = %(url)s AND status = 'PENDING';

-- name: fetch_endpoint
SELECT account_sid, url, failing_since, switched_off_at FROM callback_endpoint
WHERE account_sid = %(account_sid)s AND url = %(url)s;

-- name: insert_endpoint
INSERT INTO callback_endpoint (account_sid, url, failing_since)
VALUES (%(account_sid)s, %(url)s, %(now)s)
ON CONFLICT (account_sid, url) DO NOTHING;

-- name: switch_off
UPDATE callback_endpoint SET switched_off_at = %(now)s
WHERE account_sid = %(account_sid)s AND url = %(url)s AND switched_off_at IS NULL;

-- name: delete_endpoints
DELETE FROM callback_endpoint WHERE account_sid = %(account_sid)s AND url = ANY (%(urls)s);

-- name: list_endpoints
-- scope: store-wide
SELECT e.account_sid, e.url, e.failing_since, e.switched_off_at
FROM account a
CROSS JOIN LATERAL (
    SELECT account_sid, url, failing_since, switched_off_at FROM callback_endpoint
    WHERE callback_endpoint.account_sid = a.account_sid ORDER BY failing_since LIMIT %(limit)s
) e
WHERE %(account_sid)s::text IS NULL OR a.account_sid = %(account_sid)s
ORDER BY e.failing_since LIMIT %(limit)s;

-- name: commit_lazily
-- What is lost when the machine of the database falls is sent once more, under the same token.
SELECT set_config('synchronous_commit', 'off', true);
