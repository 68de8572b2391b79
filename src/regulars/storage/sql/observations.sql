-- name: insert_observation
INSERT INTO observation (
    store_id, profile_id, observation_id, content, source, occurred_at,
    conversation_ids, communication_ids, attribute, confidence, flags, extracted_by,
    memory_version, created_at, updated_at
)
VALUES (
    %(store_id)s, %(profile_id)s, %(observation_id)s, %(content)s, %(source)s, %(occurred_at)s,
    %(conversation_ids)s, %(communication_ids)s, %(attribute)s, %(confidence)s, %(flags)s, %(extracted_by)s,
    %(memory_version)s, %(now)s, %(now)s
);

-- name: insert_revision
-- The state before a change, as it stands.
INSERT INTO observation_revision (
    store_id, profile_id, observation_id, memory_version, content, source, occurred_at,
    conversation_ids, communication_ids, attribute, confidence, flags, extracted_by, created_at, updated_at
)
SELECT
    store_id, profile_id, observation_id, memory_version, content, source, occurred_at,
    conversation_ids, communication_ids, attribute, confidence, flags, extracted_by, created_at, updated_at
FROM observation
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND observation_id = %(observation_id)s;

-- name: revise_observation
UPDATE observation
SET content = %(content)s, source = %(source)s, occurred_at = %(occurred_at)s,
    conversation_ids = %(conversation_ids)s, communication_ids = %(communication_ids)s,
    attribute = %(attribute)s, confidence = %(confidence)s, flags = %(flags)s, extracted_by = %(extracted_by)s,
    memory_version = %(memory_version)s, updated_at = %(now)s
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND observation_id = %(observation_id)s;

-- name: fetch_observation
SELECT
    observation_id, content, source, occurred_at, conversation_ids, communication_ids, attribute,
    confidence, flags, extracted_by, created_at, updated_at
FROM observation
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND observation_id = %(observation_id)s;

-- name: list_observations
-- Every filter may be NULL.
SELECT
    observation_id, content, source, occurred_at, conversation_ids, communication_ids, attribute,
    confidence, flags, extracted_by, created_at, updated_at
FROM observation
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND observation_id {after} %(key)s
  AND (%(source)s::text IS NULL OR source = %(source)s)
  AND (%(created_after)s::timestamptz IS NULL OR created_at >= %(created_after)s)
  AND (%(created_before)s::timestamptz IS NULL OR created_at < %(created_before)s)
  AND (%(conversation_id)s::text IS NULL OR %(conversation_id)s = ANY (conversation_ids))
ORDER BY observation_id {direction} LIMIT %(limit)s;

-- name: list_related
-- What candidates are held against: what may be about the same, what is near, and what changed since one looked. One
-- condition on one table: without fresh statistics the profile is read once at worst, and not once for each of them.
SELECT
    o.observation_id, o.content, o.source, o.occurred_at, o.conversation_ids, o.communication_ids, o.attribute,
    o.confidence, o.flags, o.extracted_by, o.created_at, o.updated_at,
    (
        SELECT e.vector FROM embedding e
        WHERE e.store_id = %(store_id)s AND e.profile_id = %(profile_id)s
          AND e.memory_id = o.observation_id AND e.model = %(model)s
    ) AS vector
FROM observation o
WHERE o.store_id = %(store_id)s AND o.profile_id = %(profile_id)s
  AND (
    o.attribute = ANY (%(attributes)s)
    OR o.observation_id = ANY (%(near)s)
    OR o.memory_version > %(known_version)s
  )
ORDER BY o.observation_id;

-- name: list_vectors
-- Page by page, for profiles of any size. NULL where there is none of the model in use.
SELECT
    o.observation_id,
    (
        SELECT e.vector FROM embedding e
        WHERE e.store_id = %(store_id)s AND e.profile_id = %(profile_id)s
          AND e.memory_id = o.observation_id AND e.model = %(model)s
    ) AS vector
FROM observation o
WHERE o.store_id = %(store_id)s AND o.profile_id = %(profile_id)s AND o.observation_id > %(key)s
ORDER BY o.observation_id LIMIT %(limit)s;

-- name: delete_observation
-- Its revisions go with it.
DELETE FROM observation
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND observation_id = %(observation_id)s;

-- name: list_former
-- Former states of all observations, by observation and then by version.
SELECT
    observation_id, content, source, occurred_at, conversation_ids, communication_ids, attribute,
    confidence, flags, extracted_by, created_at, updated_at,
    observation_id || '/' || lpad(memory_version::text, 19, '0') AS place
FROM observation_revision
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s
  AND observation_id || '/' || lpad(memory_version::text, 19, '0') COLLATE "C" > %(key)s
ORDER BY place LIMIT %(limit)s;

-- name: list_revisions
-- The state that holds and all before it. The version of the memory at which each was written, in as many digits as
-- the largest has, is its place in the order: the clock may stand still or go back.
SELECT
    observation_id, content, source, occurred_at, conversation_ids, communication_ids, attribute,
    confidence, flags, extracted_by, created_at, updated_at,
    lpad(memory_version::text, 19, '0') AS place
FROM observation
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND observation_id = %(observation_id)s
  AND lpad(memory_version::text, 19, '0') COLLATE "C" {after} %(key)s
UNION ALL
SELECT
    observation_id, content, source, occurred_at, conversation_ids, communication_ids, attribute,
    confidence, flags, extracted_by, created_at, updated_at,
    lpad(memory_version::text, 19, '0') AS place
FROM observation_revision
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND observation_id = %(observation_id)s
  AND lpad(memory_version::text, 19, '0') COLLATE "C" {after} %(key)s
ORDER BY place {direction} LIMIT %(limit)s;
