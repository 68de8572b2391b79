-- name: insert_import
INSERT INTO profile_import (
    store_id, import_id, operation_id, actor, status, filename, file_size, column_mappings,
    rows_done, bytes_done, errors, warnings, created_at, updated_at
)
VALUES (
    %(store_id)s, %(import_id)s, %(operation_id)s, %(actor)s, %(status)s, %(filename)s, %(file_size)s,
    %(column_mappings)s, 0, 0, 0, 0, %(now)s, %(now)s
);

-- name: fetch_import
SELECT
    import_id, operation_id, actor, status, filename, file_size, column_mappings, upload_id,
    rows_done, bytes_done, errors, warnings, failure, created_at, updated_at
FROM profile_import
WHERE store_id = %(store_id)s AND import_id = %(import_id)s;

-- name: list_import_ids
-- scope: store-wide
SELECT import_id FROM profile_import
WHERE store_id = %(store_id)s AND import_id {after} %(key)s
ORDER BY import_id {direction} LIMIT %(limit)s;

-- name: start_import
-- The first upload that is complete wins.
UPDATE profile_import SET status = 'PROCESSING', upload_id = %(upload_id)s, updated_at = %(now)s
WHERE store_id = %(store_id)s AND import_id = %(import_id)s AND status = 'PENDING';

-- name: advance_import
-- Holds the row, so that of two runs one waits, finds that the other came further and writes nothing.
UPDATE profile_import
SET rows_done = %(rows_done)s, bytes_done = %(bytes_done)s, errors = errors + %(errors)s,
    warnings = warnings + %(warnings)s, updated_at = %(now)s
WHERE store_id = %(store_id)s AND import_id = %(import_id)s
  AND status = 'PROCESSING' AND rows_done = %(known_rows)s
RETURNING errors + warnings;

-- name: end_import
UPDATE profile_import SET status = %(status)s, failure = %(failure)s, updated_at = %(now)s
WHERE store_id = %(store_id)s AND import_id = %(import_id)s AND status = %(known_status)s;

-- name: insert_chunk
INSERT INTO import_chunk (store_id, import_id, upload_id, position, data)
VALUES (%(store_id)s, %(import_id)s, %(upload_id)s, %(position)s, %(data)s);

-- name: fetch_chunk
SELECT data FROM import_chunk
WHERE store_id = %(store_id)s AND import_id = %(import_id)s AND upload_id = %(upload_id)s AND position = %(position)s;

-- name: delete_chunks
DELETE FROM import_chunk WHERE store_id = %(store_id)s AND import_id = %(import_id)s;

-- name: delete_chunks_of_upload
DELETE FROM import_chunk
WHERE store_id = %(store_id)s AND import_id = %(import_id)s AND upload_id = %(upload_id)s;

-- name: delete_chunks_of_other_uploads
DELETE FROM import_chunk
WHERE store_id = %(store_id)s AND import_id = %(import_id)s AND upload_id <> %(upload_id)s;

-- name: insert_problems
INSERT INTO import_problem (store_id, import_id, line, position, severity, reason)
SELECT %(store_id)s, %(import_id)s, p.line, p.position, p.severity, p.reason
FROM unnest(%(lines)s::bigint[], %(positions)s::integer[], %(severities)s::text[], %(reasons)s::text[])
  AS p (line, position, severity, reason);

-- name: list_problems
SELECT line, position, severity, reason FROM import_problem
WHERE store_id = %(store_id)s AND import_id = %(import_id)s
  AND (line, position) > (%(line)s::bigint, %(position)s::integer)
ORDER BY line, position LIMIT %(limit)s;
