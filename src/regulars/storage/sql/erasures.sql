-- name: count_waiting_batches
-- scope: store-wide
SELECT count(*) AS waiting FROM bulk_batch WHERE store_id = %(store_id)s;

-- name: count_waiting_imports
-- scope: store-wide
SELECT count(*) AS waiting FROM profile_import
WHERE store_id = %(store_id)s AND status IN ('PENDING', 'PROCESSING');

-- name: insert_erased
INSERT INTO erased_value (store_id, digest, erased_at)
SELECT %(store_id)s, w.digest, %(now)s FROM unnest(%(digests)s::text[]) AS w (digest)
ON CONFLICT (store_id, digest) DO UPDATE SET erased_at = excluded.erased_at;

-- name: list_erased
-- scope: store-wide
-- Few, and none at all while nothing waits.
SELECT digest FROM erased_value WHERE store_id = %(store_id)s AND erased_at >= %(since)s;

-- name: delete_erased
-- scope: store-wide
DELETE FROM erased_value WHERE store_id = %(store_id)s;

-- name: list_group_keys
SELECT conversation_id, unnest(group_keys) AS group_key FROM conversation
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s);

-- name: list_channels
-- Calls, chats and messages by which a conversation can be found.
SELECT DISTINCT conversation_id, unnest(ARRAY[channel_id, resource_id]) AS channel_id FROM communication
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s);

-- name: list_channels_of
-- Those of what is said by some, or to nobody but one of them.
SELECT DISTINCT conversation_id, unnest(ARRAY[channel_id, resource_id]) AS channel_id FROM communication
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s)
  AND (author ->> 'participantId' = ANY (%(participant_ids)s)
       OR recipients -> 0 ->> 'participantId' = ANY (%(participant_ids)s));

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
-- What they said leaves the memory of the others, too.
UPDATE conversation
SET group_keys = ARRAY[]::text[], communications_version = communications_version + 1,
    removed_version = communications_version + 1, embedding_due_at = %(now)s
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s);

-- name: delete_said
DELETE FROM communication
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s)
  AND author ->> 'participantId' = ANY (%(participant_ids)s);

-- name: delete_actions
-- Messages from or to them, sent or not.
DELETE FROM action
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s)
  AND EXISTS (
    SELECT 1 FROM jsonb_array_elements(payload -> 'to' || jsonb_build_array(payload -> 'from')) AS e (place)
    WHERE e.place ->> 'participantId' = ANY (%(participant_ids)s) OR e.place ->> 'address' = ANY (%(addresses)s)
  );

-- name: delete_addressed
-- Everything that is left counts as changed: no vector of it stays.
UPDATE communication
SET recipients = (
    SELECT coalesce(jsonb_agg(r.recipient), '[]'::jsonb) FROM jsonb_array_elements(recipients) AS r (recipient)
    WHERE r.recipient ->> 'participantId' <> ALL (%(participant_ids)s::text[])
),
version = (
    SELECT v.communications_version FROM conversation v
    WHERE v.store_id = %(store_id)s AND v.conversation_id = ANY (%(conversation_ids)s)
      AND v.conversation_id = communication.conversation_id
)
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s);

-- name: delete_unaddressed
-- What was said to nobody but them.
DELETE FROM communication
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s) AND recipients = '[]'::jsonb;

-- name: delete_embeddings
-- What the others answered was embedded with what they said.
DELETE FROM communication_embedding
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s);

-- name: forget_participants
UPDATE participant SET name = %(name)s, addresses = '[]'::jsonb, profile_id = NULL, type = 'UNKNOWN'
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s)
  AND participant_id = ANY (%(participant_ids)s);

-- name: list_strangers
-- scope: store-wide
-- Through the index on the addresses of those whom nobody has recognised: few, and found by the address.
SELECT conversation_id, participant_id FROM participant
WHERE store_id = %(store_id)s AND profile_id IS NULL AND type IN ('CUSTOMER', 'UNKNOWN') AND addresses @> %(wanted)s;

-- name: delete_deliveries
DELETE FROM delivery WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s);

-- name: delete_queues
DELETE FROM callback_queue WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s);

-- name: delete_deliveries_about
DELETE FROM delivery
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s)
  AND body LIKE ANY (%(patterns)s);
