-- name: insert_configuration
-- scope: reference
INSERT INTO configuration (
    configuration_id, account_sid, store_id, display_name, document, version, created_at, updated_at
)
VALUES (
    %(configuration_id)s, %(account_sid)s, %(store_id)s, %(display_name)s, %(document)s, 1, %(now)s, %(now)s
);

-- name: update_configuration
-- scope: reference
UPDATE configuration
SET store_id = %(store_id)s, display_name = %(display_name)s, document = %(document)s, version = %(version)s,
    updated_at = %(now)s
WHERE account_sid = %(account_sid)s AND configuration_id = %(configuration_id)s;

-- name: delete_configuration
-- scope: reference
DELETE FROM configuration WHERE account_sid = %(account_sid)s AND configuration_id = %(configuration_id)s;

-- name: lock_configuration
-- scope: reference
SELECT configuration_id, document, version, created_at, updated_at FROM configuration
WHERE account_sid = %(account_sid)s AND configuration_id = %(configuration_id)s FOR NO KEY UPDATE;

-- name: fetch_bridged
-- scope: reference
SELECT configuration_id FROM configuration
WHERE account_sid = %(account_sid)s AND document -> 'conversationsV1Bridge' ->> 'serviceId' = %(service_id)s
ORDER BY configuration_id LIMIT 1;

-- name: count_configurations
-- scope: reference
SELECT count(*) AS configurations FROM configuration WHERE account_sid = %(account_sid)s;

-- name: fetch_configuration
-- scope: reference
SELECT configuration_id, document, version, created_at, updated_at FROM configuration
WHERE account_sid = %(account_sid)s AND configuration_id = %(configuration_id)s;

-- name: list_configurations
-- scope: reference
-- `store_id` narrows it to one store, or is NULL.
SELECT configuration_id, document, version, created_at, updated_at FROM configuration
WHERE account_sid = %(account_sid)s AND configuration_id {after} %(key)s
  AND (%(store_id)s::text IS NULL OR store_id = %(store_id)s)
ORDER BY configuration_id {direction} LIMIT %(limit)s;

-- name: delete_store_configurations
-- scope: reference
DELETE FROM configuration WHERE store_id = %(store_id)s;
