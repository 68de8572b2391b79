-- name: insert_data_mapping
-- scope: reference
INSERT INTO data_mapping (
    store_id, data_mapping_id, display_name, source_type, document, version, created_at, updated_at
)
VALUES (
    %(store_id)s, %(data_mapping_id)s, %(display_name)s, %(source_type)s, %(document)s, %(version)s,
    %(created_at)s, %(updated_at)s
);

-- name: fetch_data_mapping
-- scope: reference
SELECT data_mapping_id, display_name, document, version, created_at, updated_at FROM data_mapping
WHERE store_id = %(store_id)s AND data_mapping_id = %(data_mapping_id)s;

-- name: lock_data_mapping
-- scope: reference
SELECT data_mapping_id, display_name, document, version, created_at, updated_at FROM data_mapping
WHERE store_id = %(store_id)s AND data_mapping_id = %(data_mapping_id)s FOR UPDATE;

-- name: list_data_mappings
-- scope: reference
-- `source_type` narrows it to one kind of source, or is NULL.
SELECT data_mapping_id, display_name, document, version, created_at, updated_at FROM data_mapping
WHERE store_id = %(store_id)s AND data_mapping_id {after} %(key)s
  AND (%(source_type)s::text IS NULL OR source_type = %(source_type)s)
ORDER BY data_mapping_id {direction} LIMIT %(limit)s;

-- name: list_ingress_mappings
-- scope: reference
SELECT data_mapping_id, display_name, document, version, created_at, updated_at FROM data_mapping
WHERE store_id = %(store_id)s AND source_type = 'INGRESS' ORDER BY data_mapping_id;

-- name: update_data_mapping
-- scope: reference
UPDATE data_mapping
SET display_name = %(display_name)s, document = %(document)s, version = %(version)s, updated_at = %(updated_at)s
WHERE store_id = %(store_id)s AND data_mapping_id = %(data_mapping_id)s;

-- name: delete_data_mapping
-- scope: reference
DELETE FROM data_mapping WHERE store_id = %(store_id)s AND data_mapping_id = %(data_mapping_id)s;

-- name: delete_data_mappings
-- scope: reference
DELETE FROM data_mapping WHERE store_id = %(store_id)s;
