-- Stores can be deleted; the row goes last.

ALTER TABLE store ADD COLUMN deleted_at timestamptz;

ALTER TABLE identity_settings ADD COLUMN sharing_limit integer NOT NULL DEFAULT 10;

CREATE TABLE data_mapping (
    store_id text COLLATE "C" NOT NULL REFERENCES store (store_id),
    data_mapping_id text COLLATE "C" NOT NULL,
    display_name text COLLATE "C" NOT NULL,
    source_type text NOT NULL,
    document jsonb NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, data_mapping_id),
    UNIQUE (store_id, display_name)
);

-- An operation may take its time: who asked for it, and how it ended.

ALTER TABLE operation ADD COLUMN actor text NOT NULL DEFAULT '';
ALTER TABLE operation ADD COLUMN error jsonb;
ALTER TABLE operation ADD COLUMN report jsonb;

-- Profiles that were merged stay as signposts to their canonical profile. `removed_version` is the memory version at
-- which something last left the profile's memory.

ALTER TABLE profile ADD COLUMN merged_into text COLLATE "C";
ALTER TABLE profile ADD COLUMN removed_version bigint NOT NULL DEFAULT 0;

CREATE TABLE profile_merge (
    store_id text COLLATE "C" NOT NULL,
    profile_id text COLLATE "C" NOT NULL,
    merge_id text COLLATE "C" NOT NULL,
    status text NOT NULL,
    other_profile_id text COLLATE "C" NOT NULL,
    into_profile_id text COLLATE "C" NOT NULL,
    id_type text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL,
    ledger jsonb,
    created_at timestamptz NOT NULL,
    undone_at timestamptz,
    undone_by text,
    PRIMARY KEY (store_id, profile_id, merge_id),
    FOREIGN KEY (store_id, profile_id) REFERENCES profile (store_id, profile_id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX profile_merge_refused
    ON profile_merge (store_id, profile_id, other_profile_id, id_type, value) WHERE status = 'REFUSED';

-- One row a batch that came with an Idempotency-Key.

CREATE TABLE accepted_batch (
    store_id text COLLATE "C" NOT NULL,
    profile_id text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, profile_id, idempotency_key),
    FOREIGN KEY (store_id, profile_id) REFERENCES profile (store_id, profile_id) ON DELETE CASCADE
);

-- A value that one profile has stands once, with an empty holder; a value that several share stands once for each.
-- `reach` counts the customers that the value has brought together.

ALTER TABLE identifier ADD COLUMN holder text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE identifier ADD COLUMN reach integer NOT NULL DEFAULT 1;
ALTER TABLE identifier DROP CONSTRAINT identifier_pkey;
ALTER TABLE identifier ADD PRIMARY KEY (store_id, id_type, value, holder);

-- Many profiles at once. What came in stays until it has been applied.

CREATE TABLE bulk_batch (
    store_id text COLLATE "C" NOT NULL REFERENCES store (store_id),
    operation_id text COLLATE "C" NOT NULL,
    profiles bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, operation_id)
);

-- Digests of the identifiers of customers who were erased while work was waiting that may name them.

CREATE TABLE erased_value (
    store_id text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,
    erased_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, digest)
);

CREATE TABLE profile_import (
    store_id text COLLATE "C" NOT NULL REFERENCES store (store_id),
    import_id text COLLATE "C" NOT NULL,
    operation_id text COLLATE "C" NOT NULL,
    actor text NOT NULL,
    status text NOT NULL,
    filename text NOT NULL,
    file_size bigint NOT NULL,
    column_mappings jsonb NOT NULL,
    upload_id text COLLATE "C",
    rows_done bigint NOT NULL,
    bytes_done bigint NOT NULL,
    errors bigint NOT NULL,
    warnings bigint NOT NULL,
    failure text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, import_id)
);

CREATE TABLE import_chunk (
    store_id text COLLATE "C" NOT NULL,
    import_id text COLLATE "C" NOT NULL,
    upload_id text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (store_id, import_id, upload_id, position),
    FOREIGN KEY (store_id, import_id) REFERENCES profile_import (store_id, import_id) ON DELETE CASCADE
);

CREATE TABLE import_problem (
    store_id text COLLATE "C" NOT NULL,
    import_id text COLLATE "C" NOT NULL,
    line bigint NOT NULL,
    position integer NOT NULL,
    severity text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (store_id, import_id, line, position),
    FOREIGN KEY (store_id, import_id) REFERENCES profile_import (store_id, import_id) ON DELETE CASCADE
);
