-- Reference tables: small, written rarely, present on every node of a distributed Postgres.

CREATE TABLE account (
    account_sid text COLLATE "C" PRIMARY KEY,
    auth_token_sealed bytea NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE api_key (
    key_sid text COLLATE "C" PRIMARY KEY,
    account_sid text COLLATE "C" NOT NULL REFERENCES account (account_sid),
    secret_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX api_key_account ON api_key (account_sid, key_sid);

CREATE TABLE store (
    store_id text COLLATE "C" PRIMARY KEY,
    account_sid text COLLATE "C" NOT NULL REFERENCES account (account_sid),
    display_name text COLLATE "C" NOT NULL,
    description text NOT NULL,
    status text NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (account_sid, display_name)
);

CREATE TABLE identity_settings (
    store_id text COLLATE "C" PRIMARY KEY REFERENCES store (store_id),
    identifier_configs jsonb NOT NULL,
    matching_rules text[] NOT NULL,
    version integer NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE trait_group (
    store_id text COLLATE "C" NOT NULL REFERENCES store (store_id),
    name text COLLATE "C" NOT NULL,
    description text NOT NULL,
    traits jsonb NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, name)
);

CREATE TABLE configuration (
    configuration_id text COLLATE "C" PRIMARY KEY,
    account_sid text COLLATE "C" NOT NULL REFERENCES account (account_sid),
    store_id text COLLATE "C" NOT NULL REFERENCES store (store_id),
    display_name text COLLATE "C" NOT NULL,
    document jsonb NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (account_sid, display_name)
);

CREATE TABLE operation (
    operation_id text COLLATE "C" PRIMARY KEY,
    account_sid text COLLATE "C" NOT NULL REFERENCES account (account_sid),
    resource_id text COLLATE "C" NOT NULL,
    status text NOT NULL,
    created_at timestamptz NOT NULL,
    completed_at timestamptz
);

-- Profile scope: everything about one customer.

CREATE TABLE profile (
    store_id text COLLATE "C" NOT NULL REFERENCES store (store_id),
    profile_id text COLLATE "C" NOT NULL,
    memory_version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, profile_id)
);

CREATE TABLE trait (
    store_id text COLLATE "C" NOT NULL,
    profile_id text COLLATE "C" NOT NULL,
    trait_group text COLLATE "C" NOT NULL,
    trait_name text COLLATE "C" NOT NULL,
    value jsonb NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, profile_id, trait_group, trait_name),
    FOREIGN KEY (store_id, profile_id) REFERENCES profile (store_id, profile_id) ON DELETE CASCADE
);

CREATE TABLE profile_identifier (
    store_id text COLLATE "C" NOT NULL,
    profile_id text COLLATE "C" NOT NULL,
    id_type text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, profile_id, id_type, value),
    FOREIGN KEY (store_id, profile_id) REFERENCES profile (store_id, profile_id) ON DELETE CASCADE
);

CREATE TABLE observation (
    store_id text COLLATE "C" NOT NULL,
    profile_id text COLLATE "C" NOT NULL,
    observation_id text COLLATE "C" NOT NULL,
    content text NOT NULL,
    source text NOT NULL,
    occurred_at timestamptz NOT NULL,
    conversation_ids text[] NOT NULL,
    communication_ids text[] NOT NULL,
    attribute text,
    memory_version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, profile_id, observation_id),
    FOREIGN KEY (store_id, profile_id) REFERENCES profile (store_id, profile_id) ON DELETE CASCADE
);
CREATE INDEX observation_changed ON observation (store_id, profile_id, memory_version);

CREATE TABLE observation_revision (
    store_id text COLLATE "C" NOT NULL,
    profile_id text COLLATE "C" NOT NULL,
    observation_id text COLLATE "C" NOT NULL,
    memory_version bigint NOT NULL,
    content text NOT NULL,
    source text NOT NULL,
    occurred_at timestamptz NOT NULL,
    conversation_ids text[] NOT NULL,
    communication_ids text[] NOT NULL,
    attribute text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, profile_id, observation_id, memory_version),
    FOREIGN KEY (store_id, profile_id, observation_id)
        REFERENCES observation (store_id, profile_id, observation_id) ON DELETE CASCADE
);

CREATE TABLE summary (
    store_id text COLLATE "C" NOT NULL,
    profile_id text COLLATE "C" NOT NULL,
    summary_id text COLLATE "C" NOT NULL,
    conversation_id text COLLATE "C" NOT NULL,
    content text NOT NULL,
    source text NOT NULL,
    occurred_at timestamptz NOT NULL,
    memory_version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, profile_id, summary_id),
    FOREIGN KEY (store_id, profile_id) REFERENCES profile (store_id, profile_id) ON DELETE CASCADE
);
CREATE INDEX summary_changed ON summary (store_id, profile_id, memory_version);

CREATE TABLE embedding (
    store_id text COLLATE "C" NOT NULL,
    profile_id text COLLATE "C" NOT NULL,
    memory_id text COLLATE "C" NOT NULL,
    model text COLLATE "C" NOT NULL,
    vector bytea NOT NULL,
    PRIMARY KEY (store_id, profile_id, memory_id),
    FOREIGN KEY (store_id, profile_id) REFERENCES profile (store_id, profile_id) ON DELETE CASCADE
);

CREATE TABLE profile_conversation (
    store_id text COLLATE "C" NOT NULL,
    profile_id text COLLATE "C" NOT NULL,
    conversation_id text COLLATE "C" NOT NULL,
    extracted_position integer NOT NULL,
    summarised_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, profile_id, conversation_id),
    FOREIGN KEY (store_id, profile_id) REFERENCES profile (store_id, profile_id) ON DELETE CASCADE
);

-- Conversation scope.

CREATE TABLE conversation (
    store_id text COLLATE "C" NOT NULL REFERENCES store (store_id),
    conversation_id text COLLATE "C" NOT NULL,
    configuration_id text COLLATE "C" NOT NULL,
    configuration jsonb NOT NULL,
    group_key text COLLATE "C",
    status text NOT NULL,
    name text,
    metadata jsonb NOT NULL,
    last_position integer NOT NULL,
    last_communication_at timestamptz NOT NULL,
    due_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, conversation_id)
);
CREATE INDEX conversation_due ON conversation (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE participant (
    store_id text COLLATE "C" NOT NULL,
    conversation_id text COLLATE "C" NOT NULL,
    participant_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    profile_id text COLLATE "C",
    addresses jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, conversation_id, participant_id),
    FOREIGN KEY (store_id, conversation_id) REFERENCES conversation (store_id, conversation_id) ON DELETE CASCADE
);

CREATE TABLE communication (
    store_id text COLLATE "C" NOT NULL,
    conversation_id text COLLATE "C" NOT NULL,
    communication_id text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    author jsonb NOT NULL,
    content jsonb NOT NULL,
    recipients jsonb NOT NULL,
    channel_id text COLLATE "C",
    resource_id text COLLATE "C",
    occurred_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, conversation_id, communication_id),
    UNIQUE (store_id, conversation_id, resource_id),
    FOREIGN KEY (store_id, conversation_id) REFERENCES conversation (store_id, conversation_id) ON DELETE CASCADE
);
CREATE INDEX communication_position ON communication (store_id, conversation_id, position);

-- Lookups: uniqueness across the scopes, each by a key of its own.

CREATE TABLE identifier (
    store_id text COLLATE "C" NOT NULL,
    id_type text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    profile_id text COLLATE "C" NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, id_type, value)
);

CREATE TABLE conversation_group (
    store_id text COLLATE "C" NOT NULL,
    group_key text COLLATE "C" NOT NULL,
    conversation_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (store_id, group_key)
);

CREATE TABLE conversation_channel (
    store_id text COLLATE "C" NOT NULL,
    channel_id text COLLATE "C" NOT NULL,
    conversation_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (store_id, channel_id, conversation_id)
);

CREATE TABLE captured_message (
    store_id text COLLATE "C" NOT NULL,
    configuration_id text COLLATE "C" NOT NULL,
    message_sid text COLLATE "C" NOT NULL,
    conversation_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (store_id, configuration_id, message_sid)
);
