-- What was said is recalled, too. A conversation counts its changes: `communications_version` is the number of the last
-- one, `removed_version` of the last that took something away, and `communication.version` of the last that concerned
-- this communication: its words, who said it, or its vector.

ALTER TABLE conversation ADD COLUMN communications_version integer NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN removed_version integer NOT NULL DEFAULT 0;
ALTER TABLE communication ADD COLUMN version integer NOT NULL DEFAULT 0;
CREATE INDEX communication_changed ON communication (store_id, conversation_id, version);

CREATE TABLE communication_embedding (
    store_id text COLLATE "C" NOT NULL,
    conversation_id text COLLATE "C" NOT NULL,
    communication_id text COLLATE "C" NOT NULL,
    model text COLLATE "C" NOT NULL,
    vector bytea NOT NULL,
    PRIMARY KEY (store_id, conversation_id, communication_id),
    FOREIGN KEY (store_id, conversation_id, communication_id)
        REFERENCES communication (store_id, conversation_id, communication_id) ON DELETE CASCADE
);

-- When vectors of a conversation are to be computed; NULL when none is lacking.

ALTER TABLE conversation ADD COLUMN embedding_due_at timestamptz;
CREATE INDEX conversation_embedding_due ON conversation (embedding_due_at) WHERE embedding_due_at IS NOT NULL;
UPDATE conversation SET embedding_due_at = last_communication_at WHERE last_position > 0;

-- The profile's memory version at which a conversation joined its memory.

ALTER TABLE profile_conversation ADD COLUMN memory_version bigint NOT NULL DEFAULT 0;
