-- name: insert_summary
INSERT INTO summary (
    store_id, profile_id, summary_id, conversation_id, content, source, occurred_at,
    communication_ids, extracted_by, memory_version, created_at, updated_at
)
VALUES (
    %(store_id)s, %(profile_id)s, %(summary_id)s, %(conversation_id)s, %(content)s, %(source)s, %(occurred_at)s,
    %(communication_ids)s, %(extracted_by)s, %(memory_version)s, %(now)s, %(now)s
);

-- name: list_summaries
SELECT
    summary_id, content, source, conversation_id, occurred_at, communication_ids, extracted_by, created_at, updated_at
FROM summary
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND summary_id {after} %(key)s
  AND (%(conversation_id)s::text IS NULL OR conversation_id = %(conversation_id)s)
ORDER BY summary_id {direction} LIMIT %(limit)s;

-- name: fetch_summary
SELECT
    summary_id, content, source, conversation_id, occurred_at, communication_ids, extracted_by, created_at, updated_at
FROM summary
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND summary_id = %(summary_id)s;

-- name: update_summary
UPDATE summary
SET conversation_id = %(conversation_id)s, content = %(content)s, source = %(source)s,
    occurred_at = %(occurred_at)s, communication_ids = %(communication_ids)s,
    extracted_by = %(extracted_by)s, memory_version = %(memory_version)s, updated_at = %(now)s
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND summary_id = %(summary_id)s;

-- name: delete_summary
DELETE FROM summary
WHERE store_id = %(store_id)s AND profile_id = %(profile_id)s AND summary_id = %(summary_id)s;
