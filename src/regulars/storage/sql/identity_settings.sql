-- name: insert_identity_settings
-- scope: reference
INSERT INTO identity_settings (store_id, identifier_configs, matching_rules, sharing_limit, version, updated_at)
VALUES (%(store_id)s, %(identifier_configs)s, %(matching_rules)s, %(sharing_limit)s, %(version)s, %(now)s);

-- name: fetch_identity_settings
-- scope: reference
SELECT identifier_configs, matching_rules, sharing_limit, version FROM identity_settings
WHERE store_id = %(store_id)s;

-- name: fetch_identifier_config
-- scope: reference
SELECT config FROM identity_settings, jsonb_array_elements(identifier_configs) AS config
WHERE store_id = %(store_id)s AND config ->> 'idType' = %(id_type)s;

-- name: update_identity_settings
-- scope: reference
UPDATE identity_settings
SET identifier_configs = %(identifier_configs)s, matching_rules = %(matching_rules)s,
    sharing_limit = %(sharing_limit)s, version = %(version)s, updated_at = %(now)s
WHERE store_id = %(store_id)s;

-- name: delete_identity_settings
-- scope: reference
DELETE FROM identity_settings WHERE store_id = %(store_id)s;
