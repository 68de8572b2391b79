-- name: lock_profile
-- Nobody else writes to the profile until the transaction ends.
SELECT memory_version, merged_into, created_at FROM profile
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s
FOR UPDATE;

-- name: next_memory_version_after
-- Beyond what two profiles have counted so far, so that what changes next is newer than either's past.
UPDATE profile SET memory_version = greatest(memory_version, %(memory_version)s) + 1
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s
RETURNING memory_version;

-- name: move_observations
-- `ids` may be NULL for all. The other moves are alike: what is there already stays as it is.
INSERT INTO observation (
    store_id, profile_id, observation_id, content, source, occurred_at,
    conversation_ids, communication_ids, attribute, confidence, flags, extracted_by,
    memory_version, created_at, updated_at
)
SELECT
    store_id, %(to_id)s, observation_id, content, source, occurred_at,
    conversation_ids, communication_ids, attribute, confidence, flags, extracted_by,
    %(memory_version)s, created_at, updated_at
FROM observation
WHERE store_id = %(store_id)s AND profile_id = %(from_id)s
  AND (%(ids)s::text[] IS NULL OR observation_id = ANY (%(ids)s))
RETURNING observation_id;

-- name: move_revisions
INSERT INTO observation_revision (
    store_id, profile_id, observation_id, memory_version, content, source, occurred_at,
    conversation_ids, communication_ids, attribute, confidence, flags, extracted_by,
    created_at, updated_at
)
SELECT
    store_id, %(to_id)s, observation_id, memory_version, content, source, occurred_at,
    conversation_ids, communication_ids, attribute, confidence, flags, extracted_by,
    created_at, updated_at
FROM observation_revision
WHERE store_id = %(store_id)s AND profile_id = %(from_id)s
  AND (%(ids)s::text[] IS NULL OR observation_id = ANY (%(ids)s));

-- name: move_summaries
INSERT INTO summary (
    store_id, profile_id, summary_id, conversation_id, content, source, occurred_at,
    communication_ids, extracted_by, memory_version, created_at, updated_at
)
SELECT
    store_id, %(to_id)s, summary_id, conversation_id, content, source, occurred_at,
    communication_ids, extracted_by, %(memory_version)s, created_at, updated_at
FROM summary
WHERE store_id = %(store_id)s AND profile_id = %(from_id)s
  AND (%(ids)s::text[] IS NULL OR summary_id = ANY (%(ids)s))
RETURNING summary_id;

-- name: move_embeddings
INSERT INTO embedding (store_id, profile_id, memory_id, model, vector)
SELECT store_id, %(to_id)s, memory_id, model, vector FROM embedding
WHERE store_id = %(store_id)s AND profile_id = %(from_id)s
  AND (%(ids)s::text[] IS NULL OR memory_id = ANY (%(ids)s));

-- name: move_conversations
-- Where both take part already, it joins the memory anew: more of what was said in it is the customer's own.
INSERT INTO profile_conversation (
    store_id, profile_id, conversation_id, extracted_position, summarised_at, created_at, memory_version
)
SELECT
    store_id, %(to_id)s, conversation_id, extracted_position, summarised_at, created_at, %(memory_version)s
FROM profile_conversation
WHERE store_id = %(store_id)s AND profile_id = %(from_id)s
  AND (%(ids)s::text[] IS NULL OR conversation_id = ANY (%(ids)s))
ON CONFLICT (store_id, profile_id, conversation_id) DO UPDATE SET memory_version = excluded.memory_version;

-- name: touch_conversations
-- Less of what was said in them is the customer's own from this version on.
UPDATE profile_conversation SET memory_version = %(memory_version)s
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND conversation_id = ANY (%(ids)s);

-- name: move_batches
INSERT INTO accepted_batch (store_id, profile_id, idempotency_key, created_at)
SELECT store_id, %(to_id)s, idempotency_key, created_at FROM accepted_batch
WHERE store_id = %(store_id)s AND profile_id = %(from_id)s
ON CONFLICT (store_id, profile_id, idempotency_key) DO NOTHING;

-- name: move_merges
INSERT INTO profile_merge (
    store_id, profile_id, merge_id, status, other_profile_id, into_profile_id, id_type, value, reason, actor, ledger,
    created_at, undone_at, undone_by
)
SELECT
    store_id, %(to_id)s, merge_id, status, other_profile_id, into_profile_id, id_type, value, reason, actor, ledger,
    created_at, undone_at, undone_by
FROM profile_merge
WHERE store_id = %(store_id)s AND profile_id = %(from_id)s
  AND (%(ids)s::text[] IS NULL OR merge_id = ANY (%(ids)s))
ON CONFLICT DO NOTHING;

-- name: move_identifiers
INSERT INTO profile_identifier (store_id, profile_id, id_type, value, added_at)
SELECT store_id, %(to_id)s, id_type, value, added_at FROM profile_identifier
WHERE store_id = %(store_id)s AND profile_id = %(from_id)s
ON CONFLICT (store_id, profile_id, id_type, value) DO NOTHING;

-- name: list_conversation_ids
SELECT conversation_id FROM profile_conversation
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s
ORDER BY conversation_id;

-- name: take_over_participants
UPDATE participant SET profile_id = %(to_id)s
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s) AND profile_id = %(from_id)s
RETURNING participant_id;

-- name: give_back_participants
UPDATE participant SET profile_id = %(to_id)s
WHERE store_id = %(store_id)s AND conversation_id = ANY (%(conversation_ids)s) AND profile_id = %(from_id)s
  AND participant_id = ANY (%(participant_ids)s);

-- name: delete_observations
DELETE FROM observation
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND observation_id = ANY (%(ids)s);

-- name: delete_summaries
DELETE FROM summary
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND summary_id = ANY (%(ids)s);

-- name: delete_embeddings
DELETE FROM embedding
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND memory_id = ANY (%(ids)s);

-- name: delete_conversations
DELETE FROM profile_conversation
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND conversation_id = ANY (%(ids)s);

-- name: delete_merges
DELETE FROM profile_merge
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND merge_id = ANY (%(ids)s);

-- name: delete_profiles
-- With everything in their scope.
DELETE FROM profile WHERE store_id = %(store_id)s AND profile_id = ANY (%(profile_ids)s);

-- name: insert_signpost
INSERT INTO profile (store_id, profile_id, memory_version, removed_version, created_at, merged_into)
VALUES (
    %(store_id)s, %(profile_id)s, %(memory_version)s, %(memory_version)s, %(created_at)s, %(merged_into)s
);

-- name: point_to
UPDATE profile SET merged_into = %(merged_into)s
WHERE store_id = %(store_id)s AND profile_id = ANY (%(profile_ids)s);

-- name: hold_profile
-- What a foreign key does for a new row: nobody deletes the profile, and everybody may write to it.
SELECT profile_id FROM profile
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND merged_into IS NULL
FOR KEY SHARE;

-- name: list_signposts
SELECT profile_id, merged_into FROM profile
WHERE store_id = %(store_id)s AND profile_id = ANY (%(profile_ids)s) AND merged_into IS NOT NULL;

-- name: list_apart
-- Which profiles somebody separated again.
SELECT profile_id, other_profile_id FROM profile_merge
WHERE store_id = %(store_id)s AND profile_id = ANY (%(profile_ids)s) AND status = 'UNDONE';

-- name: insert_merge
INSERT INTO profile_merge (
    store_id, profile_id, merge_id, status, other_profile_id, into_profile_id, id_type, value, reason, actor, ledger,
    created_at
)
VALUES (
    %(store_id)s, %(profile_id)s, %(merge_id)s, 'MERGED', %(other_profile_id)s, %(profile_id)s, %(id_type)s, %(value)s,
    'MATCHED', %(actor)s, %(ledger)s, %(now)s
);

-- name: insert_refusal
-- Told once for a pair and a value.
INSERT INTO profile_merge (
    store_id, profile_id, merge_id, status, other_profile_id, into_profile_id, id_type, value, reason, actor,
    created_at
)
VALUES (
    %(store_id)s, %(profile_id)s, %(merge_id)s, 'REFUSED', %(other_profile_id)s, %(profile_id)s, %(id_type)s,
    %(value)s, %(reason)s, %(actor)s, %(now)s
)
ON CONFLICT (store_id, profile_id, other_profile_id, id_type, value) WHERE status = 'REFUSED' DO NOTHING;

-- name: mark_undone
UPDATE profile_merge SET status = 'UNDONE', ledger = NULL, undone_at = %(now)s, undone_by = %(actor)s
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND merge_id = %(merge_id)s;

-- name: fetch_merge
SELECT
    merge_id, status, other_profile_id, into_profile_id, id_type, value, reason, actor, created_at, undone_at,
    undone_by
FROM profile_merge
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND merge_id = %(merge_id)s;

-- name: list_ledgers
SELECT merge_id, ledger FROM profile_merge
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND status = 'MERGED';

-- name: update_ledger
UPDATE profile_merge SET ledger = %(ledger)s
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND merge_id = %(merge_id)s;

-- name: list_merges
SELECT
    merge_id, status, other_profile_id, into_profile_id, id_type, value, reason, actor, created_at, undone_at,
    undone_by
FROM profile_merge
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND merge_id {after} %(key)s
ORDER BY merge_id {direction} LIMIT %(limit)s;

-- name: list_of_family
SELECT merge_id FROM profile_merge
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND into_profile_id = ANY (%(into_ids)s);

-- name: list_active
-- The merges that made this profile what it is.
SELECT
    merge_id, status, other_profile_id, into_profile_id, id_type, value, reason, actor, created_at, undone_at,
    undone_by
FROM profile_merge
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND status = 'MERGED';
