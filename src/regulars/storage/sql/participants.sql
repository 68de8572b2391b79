-- name: insert_participant
INSERT INTO participant (
    store_id, conversation_id, participant_id, name, type, profile_id, addresses, created_at, updated_at
)
VALUES (
    %(store_id)s, %(conversation_id)s, %(participant_id)s, %(name)s, %(type)s, %(profile_id)s, %(addresses)s,
    %(now)s, %(now)s
);

-- name: update_participant
UPDATE participant
SET name = %(name)s, type = %(type)s, profile_id = %(profile_id)s, addresses = %(addresses)s, updated_at = %(now)s
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND participant_id = %(participant_id)s;

-- name: list_participants
SELECT participant_id, conversation_id, name, type, profile_id, addresses, created_at, updated_at FROM participant
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s
ORDER BY participant_id;

-- name: fetch_participant
SELECT participant_id, conversation_id, name, type, profile_id, addresses, created_at, updated_at FROM participant
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND participant_id = %(participant_id)s;

-- name: list_participants_of
-- The participants of a page of conversations in one round trip.
SELECT participant_id, conversation_id, name, type, profile_id, addresses, created_at, updated_at FROM participant
WHERE store_id = ANY (%(store_ids)s) AND conversation_id = ANY (%(conversation_ids)s)
ORDER BY participant_id;

-- name: page_participants
SELECT participant_id, conversation_id, name, type, profile_id, addresses, created_at, updated_at FROM participant
WHERE store_id = %(store_id)s AND conversation_id = %(conversation_id)s AND participant_id {after} %(key)s
ORDER BY participant_id {direction} LIMIT %(limit)s;

-- name: list_speakers
-- Who took part in conversations, as recall knows them.
SELECT conversation_id, participant_id, name, type, profile_id FROM participant
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s);
