-- name: insert_communication
INSERT INTO communication (
    store_id, conversation_id, communication_id, position, author, content, recipients, channel_id, resource_id,
    occurred_at, created_at, updated_at, version
)
VALUES (
    %(store_id)s, %(conversation_id)s, %(communication_id)s, %(position)s, %(author)s, %(content)s, %(recipients)s,
    %(channel_id)s, %(resource_id)s, %(occurred_at)s, %(now)s, %(now)s, %(version)s
);

-- name: update_communication
-- The same resource again: what it says now replaces what it said (contract §3.4, Dedupe).
UPDATE communication
SET content = %(content)s, recipients = %(recipients)s, resource_id = %(resource_id)s, updated_at = %(now)s,
    version = coalesce(%(version)s, version)
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
-- The last ones by position, newest first. `as_of` may be NULL.
SELECT
    communication_id, conversation_id, position, author, content, recipients, channel_id, resource_id, occurred_at,
    created_at, updated_at
FROM communication
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s
  AND (%(as_of)s::timestamptz IS NULL OR created_at <= %(as_of)s)
ORDER BY position DESC LIMIT %(limit)s;

-- name: touch_said_by
-- Who said it is called or known otherwise from this version on.
UPDATE communication SET version = %(version)s
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s
  AND author ->> 'participantId' = %(participant_id)s;

-- name: touch_next
-- Its vector was made from the words before it, too.
UPDATE communication SET version = %(version)s
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s
  AND position = (
    SELECT min(n.position) FROM communication n
    WHERE n.store_id = %(store_id)s AND n.conversation_id = %(conversation_id)s AND n.position > %(position)s
  );

-- name: delete_embeddings_at
-- The words at a position are gone, and what was said next was embedded with them.
DELETE FROM communication_embedding
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s
  AND communication_id = ANY (ARRAY(
    SELECT n.communication_id FROM communication n
    WHERE n.store_id = %(store_id)s AND n.conversation_id = %(conversation_id)s AND n.position >= %(position)s
    ORDER BY n.position LIMIT 2
  ));

-- name: list_said
-- Everything that was said in these conversations, as recall reads it, without vectors.
SELECT
    conversation_id, communication_id, position, author ->> 'participantId' AS participant_id,
    left(content ->> 'text', %(chars)s) AS text, occurred_at, created_at
FROM communication
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s);

-- name: list_vectors
SELECT communication_id, vector FROM communication_embedding
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s) AND model = %(model)s;

-- name: list_changed
-- What recall has not heard yet of a conversation, with the vector when there is one of the model in use.
SELECT
    c.conversation_id, c.communication_id, c.position, c.author ->> 'participantId' AS participant_id,
    left(c.content ->> 'text', %(chars)s) AS text, c.occurred_at, c.created_at,
    (
        SELECT e.vector FROM communication_embedding e
        WHERE e.store_id = %(store_id)s AND e.conversation_id = %(conversation_id)s
          AND e.communication_id = c.communication_id AND e.model = %(model)s
    ) AS vector
FROM communication c
WHERE c.store_id = %(store_id)s AND c.conversation_id = %(conversation_id)s AND c.version > %(known_version)s;

-- name: list_ids
-- All that a snapshot may still hold of these conversations.
SELECT communication_id FROM communication
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s);

-- name: list_by_ids
SELECT
    communication_id, conversation_id, position, author, content, recipients, channel_id, resource_id, occurred_at,
    created_at, updated_at
FROM communication
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s)
  AND communication_id = ANY (%(communication_ids)s);

-- name: list_around
-- What stands at a position or next after it, and up to `context` on either side.
(
    SELECT
        communication_id, conversation_id, position, author, content, recipients, channel_id, resource_id,
        occurred_at, created_at, updated_at
    FROM communication
    WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND position < %(position)s
    ORDER BY position DESC LIMIT %(context)s
)
UNION ALL
(
    SELECT
        communication_id, conversation_id, position, author, content, recipients, channel_id, resource_id,
        occurred_at, created_at, updated_at
    FROM communication
    WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND position >= %(position)s
    ORDER BY position LIMIT %(context)s + 1
);

-- name: list_unembedded
-- In a fixed order, so that who reads a part knows which conversations it covers.
SELECT
    c.store_id, c.conversation_id, c.communication_id, c.version, left(c.content ->> 'text', %(chars)s) AS text,
    c.author ->> 'participantId' AS participant_id,
    (
        SELECT jsonb_build_array(b.author ->> 'participantId', right(b.content ->> 'text', %(chars_before)s))
        FROM communication b
        WHERE b.store_id = ANY (%(store_ids)s) AND b.conversation_id = ANY (%(conversation_ids)s)
          AND b.store_id = c.store_id AND b.conversation_id = c.conversation_id AND b.position < c.position
        ORDER BY b.position DESC LIMIT 1
    ) AS before
FROM communication c
WHERE c.store_id = ANY (%(store_ids)s) AND c.conversation_id = ANY (%(conversation_ids)s)
  AND c.content ->> 'text' <> ''
  AND (
    SELECT e.model FROM communication_embedding e
    WHERE e.store_id = ANY (%(store_ids)s) AND e.conversation_id = ANY (%(conversation_ids)s)
      AND e.store_id = c.store_id AND e.conversation_id = c.conversation_id
      AND e.communication_id = c.communication_id
  ) IS DISTINCT FROM %(model)s
ORDER BY c.store_id, c.conversation_id, c.position LIMIT %(limit)s;

-- name: insert_embedding
-- Only for the state whose words were read: what was changed or deleted meanwhile gets no vector of its old words.
WITH said AS (
    UPDATE communication SET version = %(version)s
    WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s
      AND communication_id = %(communication_id)s AND version = %(known_version)s
    RETURNING store_id, conversation_id, communication_id
)
INSERT INTO communication_embedding (store_id, conversation_id, communication_id, model, vector)
SELECT store_id, conversation_id, communication_id, %(model)s, %(vector)s FROM said
ON CONFLICT (store_id, conversation_id, communication_id)
DO UPDATE SET model = excluded.model, vector = excluded.vector;
