-- name: insert_communication
INSERT INTO communication (
    store_id, conversation_id, communication_id, position, author, content, recipients, channel_id, resource_id,
    occurred_at, created_at, updated_at
)
VALUES (
    %(store_id)s, %(conversation_id)s, %(communication_id)s, %(position)s, %(author)s, %(content)s, %(recipients)s,
    %(channel_id)s, %(resource_id)s, %(occurred_at)s, %(now)s, %(now)s
);

-- name: update_communication
-- The same resource again: what it says now replaces what it said (contract §3.4, Dedupe).
UPDATE communication
SET content = %(content)s, recipients = %(recipients)s, resource_id = %(resource_id)s, updated_at = %(now)s
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND communication_id = %(communication_id)s;

-- name: fetch_communication
SELECT
    communication_id, conversation_id, position, author, content, recipients, channel_id, resource_id, occurred_at,
    created_at, updated_at
FROM communication
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND communication_id = %(communication_id)s;

-- name: fetch_by_resource
SELECT
    communication_id, conversation_id, position, author, content, recipients, channel_id, resource_id, occurred_at,
    created_at, updated_at
FROM communication
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND resource_id = %(resource_id)s;

-- name: fetch_last_resource
SELECT
    communication_id, conversation_id, position, author, content, recipients, channel_id, resource_id, occurred_at,
    created_at, updated_at
FROM communication
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s
  AND resource_id >= %(first)s AND resource_id < %(last)s
ORDER BY resource_id DESC LIMIT 1;

-- name: list_communications
SELECT
    communication_id, conversation_id, position, author, content, recipients, channel_id, resource_id, occurred_at,
    created_at, updated_at
FROM communication
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND communication_id {after} %(key)s
  AND (%(channel_id)s::text IS NULL OR channel_id = %(channel_id)s)
ORDER BY communication_id {direction} LIMIT %(limit)s;

-- name: list_newest_communications
-- The last ones by position, newest first.
SELECT
    communication_id, conversation_id, position, author, content, recipients, channel_id, resource_id, occurred_at,
    created_at, updated_at
FROM communication
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s
ORDER BY position DESC LIMIT %(limit)s;
