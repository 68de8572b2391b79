-- name: list_all
-- For recall, which reads them in this order of columns. Their vectors come faster by themselves: one scan instead of a
-- lookup for each.
SELECT
    o.observation_id AS memory_id, o.content, o.source, o.occurred_at, o.created_at, o.updated_at, o.conversation_ids
FROM observation o
WHERE o.store_id = %(store_id)s AND o.profile_id = %(profile_id)s
UNION ALL
SELECT
    s.summary_id AS memory_id, s.content, s.source, s.occurred_at, s.created_at, s.updated_at,
    ARRAY[s.conversation_id] AS conversation_ids
FROM summary s
WHERE s.store_id = %(store_id)s AND s.profile_id = %(profile_id)s;

-- name: list_vectors
SELECT e.memory_id, e.vector FROM embedding e
WHERE e.store_id = %(store_id)s AND e.profile_id = %(profile_id)s AND e.model = %(model)s;

-- name: list_changed
-- What recall has not seen yet, with the vector when there is one of the model in use. A subquery, not a join: without
-- fresh statistics a join is planned as a loop over all vectors for each memory.
SELECT
    o.observation_id AS memory_id, o.content, o.source, o.occurred_at, o.created_at, o.updated_at, o.conversation_ids,
    (
        SELECT e.vector FROM embedding e
        WHERE e.store_id = %(store_id)s AND e.profile_id = %(profile_id)s
          AND e.memory_id = o.observation_id AND e.model = %(model)s
    ) AS vector
FROM observation o
WHERE o.store_id = %(store_id)s AND o.profile_id = %(profile_id)s AND o.memory_version > %(known_version)s
UNION ALL
SELECT
    s.summary_id AS memory_id, s.content, s.source, s.occurred_at, s.created_at, s.updated_at,
    ARRAY[s.conversation_id] AS conversation_ids,
    (
        SELECT e.vector FROM embedding e
        WHERE e.store_id = %(store_id)s AND e.profile_id = %(profile_id)s
          AND e.memory_id = s.summary_id AND e.model = %(model)s
    ) AS vector
FROM summary s
WHERE s.store_id = %(store_id)s AND s.profile_id = %(profile_id)s AND s.memory_version > %(known_version)s;

-- name: list_former
-- How observations stood that have been changed since: of the states that were written by then the last.
SELECT DISTINCT ON (r.observation_id)
    r.observation_id AS memory_id, r.content, r.source, r.occurred_at, r.created_at, r.updated_at, r.conversation_ids
FROM observation_revision r
WHERE r.store_id = %(store_id)s AND r.profile_id = %(profile_id)s AND r.updated_at <= %(as_of)s
  AND (
    SELECT o.updated_at FROM observation o
    WHERE o.store_id = %(store_id)s AND o.profile_id = %(profile_id)s AND o.observation_id = r.observation_id
  ) > %(as_of)s
ORDER BY r.observation_id, r.updated_at DESC, r.memory_version DESC;

-- name: upsert_embedding
INSERT INTO embedding (store_id, profile_id, memory_id, model, vector)
VALUES (%(store_id)s, %(profile_id)s, %(memory_id)s, %(model)s, %(vector)s)
ON CONFLICT (store_id, profile_id, memory_id) DO UPDATE SET model = excluded.model, vector = excluded.vector;

-- name: insert_embedding_of_observation
-- Only for the state whose words were read: what was changed or deleted meanwhile gets no vector of its old words.
INSERT INTO embedding (store_id, profile_id, memory_id, model, vector)
SELECT o.store_id, o.profile_id, o.observation_id, %(model)s, %(vector)s FROM observation o
WHERE o.store_id = %(store_id)s AND o.profile_id = %(profile_id)s AND o.observation_id = %(memory_id)s
  AND o.memory_version = %(known_version)s
ON CONFLICT (store_id, profile_id, memory_id) DO UPDATE SET model = excluded.model, vector = excluded.vector;

-- name: insert_embedding_of_summary
INSERT INTO embedding (store_id, profile_id, memory_id, model, vector)
SELECT s.store_id, s.profile_id, s.summary_id, %(model)s, %(vector)s FROM summary s
WHERE s.store_id = %(store_id)s AND s.profile_id = %(profile_id)s AND s.summary_id = %(memory_id)s
  AND s.memory_version = %(known_version)s
ON CONFLICT (store_id, profile_id, memory_id) DO UPDATE SET model = excluded.model, vector = excluded.vector;

-- name: delete_embedding
-- Its words are gone.
DELETE FROM embedding
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND memory_id = %(memory_id)s;

-- name: mark_removal
-- Whoever keeps a snapshot of an older version must ask what is still there.
UPDATE profile SET removed_version = %(memory_version)s
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s;

-- name: list_memory_ids
-- All that a snapshot may still hold.
SELECT o.observation_id AS memory_id FROM observation o
WHERE o.store_id = %(store_id)s AND o.profile_id = %(profile_id)s
UNION ALL
SELECT s.summary_id AS memory_id FROM summary s
WHERE s.store_id = %(store_id)s AND s.profile_id = %(profile_id)s;

-- name: list_unembedded_observations
SELECT o.observation_id AS memory_id, o.content, o.memory_version FROM observation o
WHERE o.store_id = %(store_id)s AND o.profile_id = %(profile_id)s AND o.memory_version >= %(since_version)s
  AND (
    SELECT e.model FROM embedding e
    WHERE e.store_id = %(store_id)s AND e.profile_id = %(profile_id)s AND e.memory_id = o.observation_id
  ) IS DISTINCT FROM %(model)s
ORDER BY o.observation_id LIMIT %(limit)s;

-- name: list_unembedded_summaries
SELECT s.summary_id AS memory_id, s.content, s.memory_version FROM summary s
WHERE s.store_id = %(store_id)s AND s.profile_id = %(profile_id)s AND s.memory_version >= %(since_version)s
  AND (
    SELECT e.model FROM embedding e
    WHERE e.store_id = %(store_id)s AND e.profile_id = %(profile_id)s AND e.memory_id = s.summary_id
  ) IS DISTINCT FROM %(model)s
ORDER BY s.summary_id LIMIT %(limit)s;

-- name: touch_observation
-- Its vector is new: whoever keeps a snapshot must read it again.
UPDATE observation SET memory_version = %(memory_version)s
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND observation_id = %(memory_id)s;

-- name: touch_summary
UPDATE summary SET memory_version = %(memory_version)s
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND summary_id = %(memory_id)s;

-- name: insert_profile_conversation
INSERT INTO profile_conversation (
    store_id, profile_id, conversation_id, extracted_position, created_at, memory_version
)
VALUES (%(store_id)s, %(profile_id)s, %(conversation_id)s, 0, %(now)s, %(memory_version)s)
ON CONFLICT (store_id, profile_id, conversation_id) DO NOTHING;

-- name: fetch_membership
-- How many conversations are part of the profile's memory, and which of them are so only since a version.
SELECT
    count(*) AS conversations,
    coalesce(array_agg(conversation_id) FILTER (WHERE memory_version > %(known_version)s), ARRAY[]::text[]) AS joined
FROM profile_conversation
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s;

-- name: fetch_progress
-- How far a conversation has been extracted for a profile, and whether its summary is written.
SELECT extracted_position, summarised_at FROM profile_conversation
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND conversation_id = %(conversation_id)s;

-- name: advance_progress
-- Only from where the work began: whoever comes second finds no row and writes nothing.
UPDATE profile_conversation
SET extracted_position = %(extracted_position)s, summarised_at = %(summarised_at)s
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND conversation_id = %(conversation_id)s
  AND extracted_position = %(from_position)s AND summarised_at IS NULL;
