-- name: list_group_keys
SELECT conversation_id, group_key FROM conversation
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s) AND group_key IS NOT NULL;

-- name: list_channels
-- Calls, chats and messages by which a conversation can be found.
SELECT DISTINCT conversation_id, unnest(ARRAY[channel_id, resource_id]) AS channel_id FROM communication
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s);

-- name: delete_group
DELETE FROM conversation_group
WHERE store_id = %(store_id)s AND group_key = %(group_key)s AND conversation_id = %(conversation_id)s;

-- name: delete_channel
DELETE FROM conversation_channel
WHERE store_id = %(store_id)s AND channel_id = %(channel_id)s AND conversation_id = %(conversation_id)s;

-- name: delete_conversations
-- With participants and communications.
DELETE FROM conversation WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s);

-- name: ungroup
UPDATE conversation SET group_key = NULL
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s);

-- name: delete_said
DELETE FROM communication
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s)
  AND author ->> 'participantId' = ANY (%(participant_ids)s);

-- name: delete_addressed
UPDATE communication SET recipients = (
    SELECT coalesce(jsonb_agg(r.recipient), '[]'::jsonb) FROM jsonb_array_elements(recipients) AS r (recipient)
    WHERE r.recipient ->> 'participantId' <> ALL (%(participant_ids)s::text[])
)
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s);

-- name: forget_participants
UPDATE participant SET name = %(name)s, addresses = '[]'::jsonb, profile_id = NULL, type = 'UNKNOWN'
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s)
  AND participant_id = ANY (%(participant_ids)s);
