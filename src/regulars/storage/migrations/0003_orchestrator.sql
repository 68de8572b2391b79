-- Accounts that came with a SID and token of their own can ask the Messages API; made-up ones cannot.

ALTER TABLE account ADD COLUMN imported boolean NOT NULL DEFAULT false;

-- A conversation may be opened without a configuration of the account, and be found under several groups: people join.

ALTER TABLE conversation ALTER COLUMN configuration_id DROP NOT NULL;
ALTER TABLE conversation ADD COLUMN group_keys text[] COLLATE "C" NOT NULL DEFAULT '{}';
UPDATE conversation SET group_keys = ARRAY[group_key] WHERE group_key IS NOT NULL AND status <> 'CLOSED';
ALTER TABLE conversation DROP COLUMN group_key;

-- That a message was captured is all that has to be known.

ALTER TABLE captured_message DROP COLUMN conversation_id;

-- Who takes part without a profile is found by their address: to be forgotten like everybody else.

CREATE INDEX participant_stranger ON participant USING gin (addresses jsonb_path_ops)
    WHERE profile_id IS NULL AND type IN ('CUSTOMER', 'UNKNOWN');

-- What was asked of a conversation: a message to be sent.

CREATE TABLE action (
    store_id text COLLATE "C" NOT NULL,
    conversation_id text COLLATE "C" NOT NULL,
    action_id text COLLATE "C" NOT NULL,
    type text NOT NULL,
    payload jsonb NOT NULL,
    status text NOT NULL,
    message_sid text COLLATE "C",
    communication_id text COLLATE "C",
    failure_reason text,
    sent_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    completed_at timestamptz,
    PRIMARY KEY (store_id, conversation_id, action_id),
    FOREIGN KEY (store_id, conversation_id) REFERENCES conversation (store_id, conversation_id) ON DELETE CASCADE
);
CREATE INDEX action_message ON action (store_id, message_sid) WHERE message_sid IS NOT NULL;
CREATE INDEX action_under_way ON action (store_id, sent_at) WHERE status = 'PENDING' AND sent_at IS NOT NULL;

-- Status callbacks. A conversation has one queue for each address that listens to it; its row is the turn that a
-- sender takes, `due_at` is NULL while nothing waits. Deliveries outlive their conversation: its end is news, too.

CREATE TABLE callback_queue (
    store_id text COLLATE "C" NOT NULL REFERENCES store (store_id),
    conversation_id text COLLATE "C" NOT NULL,
    url text COLLATE "C" NOT NULL,
    account_sid text COLLATE "C" NOT NULL,
    last_position integer NOT NULL,
    due_at timestamptz,
    PRIMARY KEY (store_id, conversation_id, url)
);
CREATE INDEX callback_queue_due ON callback_queue (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE delivery (
    store_id text COLLATE "C" NOT NULL REFERENCES store (store_id),
    conversation_id text COLLATE "C" NOT NULL,
    delivery_id text COLLATE "C" NOT NULL,
    url text COLLATE "C" NOT NULL,
    position integer NOT NULL,
    method text NOT NULL,
    event_type text NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    body text NOT NULL,
    status text NOT NULL,
    attempts integer NOT NULL,
    attempted_at timestamptz,
    answer_status integer,
    answer text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, conversation_id, delivery_id)
);
CREATE INDEX delivery_pending ON delivery (store_id, conversation_id, url, position) WHERE status = 'PENDING';
CREATE INDEX delivery_age ON delivery (store_id, created_at);

CREATE TABLE callback_endpoint (
    account_sid text COLLATE "C" NOT NULL,
    url text COLLATE "C" NOT NULL,
    failing_since timestamptz NOT NULL,
    switched_off_at timestamptz,
    PRIMARY KEY (account_sid, url)
);

-- Answers of requests that came with an Idempotency-Key (Orchestrator).

CREATE TABLE idempotent_request (
    account_sid text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    request text COLLATE "C" NOT NULL,
    operation_id text COLLATE "C" NOT NULL,
    resource_id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_sid, idempotency_key)
);
CREATE INDEX idempotent_request_age ON idempotent_request (created_at);
