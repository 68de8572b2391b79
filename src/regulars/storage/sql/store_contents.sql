-- name: list_imports
-- scope: store-wide
SELECT import_id, operation_id FROM profile_import WHERE store_id = %(store_id)s;

-- name: delete_import
DELETE FROM profile_import WHERE store_id = %(store_id)s AND import_id = %(import_id)s;

-- name: list_batches
-- scope: store-wide
SELECT operation_id FROM bulk_batch WHERE store_id = %(store_id)s;

-- name: delete_batch
DELETE FROM bulk_batch WHERE store_id = %(store_id)s AND operation_id = %(operation_id)s;

-- name: list_profiles
-- scope: store-wide
SELECT profile_id FROM profile WHERE store_id = %(store_id)s ORDER BY profile_id LIMIT %(limit)s;

-- name: delete_profiles
DELETE FROM profile WHERE store_id = %(store_id)s AND profile_id = ANY(%(profile_id)s);

-- name: list_conversations
-- scope: store-wide
SELECT conversation_id FROM conversation WHERE store_id = %(store_id)s ORDER BY conversation_id LIMIT %(limit)s;

-- name: delete_conversations
DELETE FROM conversation WHERE store_id = %(store_id)s AND conversation_id = ANY(%(conversation_id)s);

-- name: list_identifiers
-- scope: store-wide
SELECT id_type, value FROM identifier WHERE store_id = %(store_id)s ORDER BY id_type, value LIMIT %(limit)s;

-- name: delete_identifiers
DELETE FROM identifier
WHERE store_id = %(store_id)s AND id_type = ANY(%(id_type)s) AND value = ANY(%(value)s);

-- name: list_groups
-- scope: store-wide
SELECT group_key FROM conversation_group WHERE store_id = %(store_id)s ORDER BY group_key LIMIT %(limit)s;

-- name: delete_groups
DELETE FROM conversation_group WHERE store_id = %(store_id)s AND group_key = ANY(%(group_key)s);

-- name: list_channels
-- scope: store-wide
SELECT channel_id FROM conversation_channel WHERE store_id = %(store_id)s ORDER BY channel_id LIMIT %(limit)s;

-- name: delete_channels
DELETE FROM conversation_channel WHERE store_id = %(store_id)s AND channel_id = ANY(%(channel_id)s);

-- name: list_messages
-- scope: store-wide
SELECT configuration_id, message_sid FROM captured_message
WHERE store_id = %(store_id)s ORDER BY configuration_id, message_sid LIMIT %(limit)s;

-- name: delete_messages
DELETE FROM captured_message
WHERE store_id = %(store_id)s AND configuration_id = ANY(%(configuration_id)s) AND message_sid = ANY(%(message_sid)s);

-- name: list_deliveries
-- scope: store-wide
SELECT conversation_id, delivery_id FROM delivery
WHERE store_id = %(store_id)s ORDER BY conversation_id, delivery_id LIMIT %(limit)s;

-- name: delete_deliveries
DELETE FROM delivery
WHERE store_id = %(store_id)s AND conversation_id = ANY(%(conversation_id)s) AND delivery_id = ANY(%(delivery_id)s);

-- name: list_queues
-- scope: store-wide
SELECT conversation_id, url FROM callback_queue
WHERE store_id = %(store_id)s ORDER BY conversation_id, url LIMIT %(limit)s;

-- name: delete_queues
DELETE FROM callback_queue
WHERE store_id = %(store_id)s AND conversation_id = ANY(%(conversation_id)s) AND url = ANY(%(url)s);
