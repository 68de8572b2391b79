-- name: claim_group
-- The open conversation of a group, or ours from now on. Messages of one group take turns on this row.
INSERT INTO conversation_group (store_id, group_key, conversation_id)
VALUES (%(store_id)s, %(group_key)s, %(conversation_id)s)
ON CONFLICT (store_id, group_key) DO UPDATE SET conversation_id = conversation_group.conversation_id
RETURNING conversation_id;

-- name: lock_group
SELECT conversation_id FROM conversation_group
WHERE store_id = %(store_id)s AND group_key = %(group_key)s AND conversation_id = %(conversation_id)s
FOR UPDATE;

-- name: take_group
-- From a conversation that is not to be found by it any more. The row is held by then.
UPDATE conversation_group SET conversation_id = %(conversation_id)s
WHERE store_id = %(store_id)s AND group_key = %(group_key)s;

-- name: delete_group
DELETE FROM conversation_group
WHERE store_id = %(store_id)s AND group_key = %(group_key)s AND conversation_id = %(conversation_id)s;

-- name: insert_conversation
INSERT INTO conversation (
    store_id, conversation_id, configuration_id, configuration, group_keys, status, name, metadata,
    last_position, last_communication_at, due_at, created_at, updated_at
)
VALUES (
    %(store_id)s, %(conversation_id)s, %(configuration_id)s, %(configuration)s, %(group_keys)s, 'ACTIVE', %(name)s,
    %(metadata)s, 0, %(now)s, %(due_at)s, %(now)s, %(now)s
);

-- name: fetch_conversation
SELECT
    store_id, conversation_id, configuration_id, configuration, group_keys, status, name, metadata, last_position,
    last_communication_at, due_at, communications_version, created_at, updated_at
FROM conversation
WHERE store_id = ANY (%(store_ids)s) AND conversation_id = %(conversation_id)s;

-- name: lock_conversation
SELECT
    store_id, conversation_id, configuration_id, configuration, group_keys, status, name, metadata, last_position,
    last_communication_at, due_at, communications_version, created_at, updated_at
FROM conversation
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s
FOR UPDATE;

-- name: hold_conversation
SELECT conversation_id FROM conversation
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s
FOR UPDATE;

-- name: list_conversations
-- scope: store-wide
-- The newest of each store, then the newest of all. `statuses` may be NULL.
SELECT
    c.store_id, c.conversation_id, c.configuration_id, c.configuration, c.group_keys, c.status, c.name, c.metadata,
    c.last_position, c.last_communication_at, c.due_at, c.communications_version, c.created_at, c.updated_at
FROM unnest(%(store_ids)s::text[]) AS own (store_id)
CROSS JOIN LATERAL (
    SELECT
        store_id, conversation_id, configuration_id, configuration, group_keys, status, name, metadata, last_position,
        last_communication_at, due_at, communications_version, created_at, updated_at
    FROM conversation
    WHERE conversation.store_id = own.store_id AND conversation_id {after} %(key)s
      AND (%(statuses)s::text[] IS NULL OR status = ANY (%(statuses)s))
    ORDER BY conversation_id {direction} LIMIT %(limit)s
) AS c
ORDER BY c.conversation_id {direction} LIMIT %(limit)s;

-- name: list_channel
-- scope: store-wide
-- Of each store in the order of the lookup itself, then of all.
SELECT c.store_id, c.conversation_id
FROM unnest(%(store_ids)s::text[]) AS own (store_id)
CROSS JOIN LATERAL (
    SELECT store_id, conversation_id FROM conversation_channel
    WHERE conversation_channel.store_id = own.store_id AND channel_id = %(channel_id)s
      AND conversation_id {after} %(key)s
    ORDER BY conversation_id {direction} LIMIT %(limit)s
) AS c
ORDER BY c.conversation_id {direction} LIMIT %(limit)s;

-- name: list_of_channel
-- Those that the lookup named. `statuses` may be NULL.
SELECT
    store_id, conversation_id, configuration_id, configuration, group_keys, status, name, metadata, last_position,
    last_communication_at, due_at, communications_version, created_at, updated_at
FROM conversation
WHERE store_id = ANY (%(store_ids)s) AND conversation_id = ANY (%(conversation_ids)s)
  AND (%(statuses)s::text[] IS NULL OR status = ANY (%(statuses)s))
ORDER BY conversation_id {direction} LIMIT %(limit)s;

-- name: insert_channel
INSERT INTO conversation_channel (store_id, channel_id, conversation_id)
VALUES (%(store_id)s, %(channel_id)s, %(conversation_id)s)
ON CONFLICT (store_id, channel_id, conversation_id) DO NOTHING;

-- name: delete_channel
DELETE FROM conversation_channel
WHERE store_id = %(store_id)s AND channel_id = %(channel_id)s AND conversation_id = %(conversation_id)s;

-- name: claim_message
-- One row when the message is new to this configuration, none when it was captured before.
INSERT INTO captured_message (store_id, configuration_id, message_sid)
VALUES (%(store_id)s, %(configuration_id)s, %(message_sid)s)
ON CONFLICT (store_id, configuration_id, message_sid) DO NOTHING
RETURNING message_sid;

-- name: advance_conversation
-- The row is locked by then; a message brings an INACTIVE conversation back. `said` counts the communications that are
-- new, 0 or 1: their vectors are due.
UPDATE conversation
SET last_position = %(last_position)s, last_communication_at = %(last_communication_at)s, status = 'ACTIVE',
    group_keys = %(group_keys)s, due_at = %(due_at)s, updated_at = %(now)s,
    communications_version = communications_version + %(said)s,
    embedding_due_at = CASE WHEN %(said)s > 0 THEN %(now)s ELSE embedding_due_at END
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s;

-- name: update_conversation
UPDATE conversation
SET status = %(status)s, name = %(name)s, metadata = %(metadata)s, configuration = %(configuration)s,
    group_keys = %(group_keys)s, due_at = %(due_at)s, updated_at = %(now)s
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s;

-- name: list_open
SELECT
    store_id, conversation_id, configuration_id, configuration, group_keys, status, name, metadata, last_position,
    last_communication_at, due_at, communications_version, created_at, updated_at
FROM conversation
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s) AND status <> 'CLOSED'
ORDER BY conversation_id;

-- name: regroup
UPDATE conversation SET group_keys = %(group_keys)s
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s;

-- name: list_due
-- scope: store-wide
-- Through the partial index on due_at: costs what is due, not what is open. From where the page before ended.
SELECT store_id, conversation_id, due_at FROM conversation
WHERE due_at IS NOT NULL AND due_at <= %(now)s AND (due_at, conversation_id) > (%(after)s, %(after_id)s)
ORDER BY due_at, conversation_id LIMIT %(limit)s;

-- name: list_messages
-- The conversations that hold a message or a call, over all stores of an account.
SELECT store_id, conversation_id FROM conversation_channel
WHERE store_id = ANY (%(store_ids)s) AND channel_id = %(channel_id)s
ORDER BY conversation_id;

-- name: touch_conversation
-- Something said in it, or who said it, is another from this version on: whoever keeps a snapshot must read it again.
UPDATE conversation
SET communications_version = communications_version + 1, embedding_due_at = %(now)s
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s;

-- name: list_heard
-- How far conversations are. Nothing is said any more, and no vector lacking, where it is settled.
SELECT
    conversation_id, communications_version AS version, removed_version,
    status = 'CLOSED' AND embedding_due_at IS NULL AS is_settled
FROM conversation
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s);

-- name: list_embedding_due
-- scope: store-wide
-- Through the partial index: costs what is due, not what is there.
SELECT store_id, conversation_id FROM conversation
WHERE embedding_due_at IS NOT NULL AND embedding_due_at <= %(now)s
ORDER BY embedding_due_at LIMIT %(limit)s;

-- name: list_embedding_due_between
-- scope: store-wide
SELECT conversation_id FROM conversation
WHERE embedding_due_at IS NOT NULL AND embedding_due_at > %(since)s AND embedding_due_at <= %(until)s
LIMIT 1;

-- name: claim_embedding
-- Until then it is nobody else's; who is killed is followed.
UPDATE conversation SET embedding_due_at = %(until)s
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND embedding_due_at <= %(now)s
RETURNING store_id, conversation_id;

-- name: settle_embedding
-- Nothing is due any more when nothing came since the claim, which set `until`; all of it is, as `due_at`, when only a
-- part was done. `written` is 1 when there are new vectors.
UPDATE conversation
SET communications_version = communications_version + %(written)s,
    embedding_due_at = CASE WHEN embedding_due_at = %(until)s THEN %(due_at)s ELSE embedding_due_at END
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s
RETURNING store_id, conversation_id, communications_version AS version;
