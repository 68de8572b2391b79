-- What is remembered says how sure it is, what is odd about the messages that it rests on, and who understood it so:
-- "rules" or the name of a model. NULL and empty for what came in through the API.

ALTER TABLE observation ADD COLUMN confidence double precision;
ALTER TABLE observation ADD COLUMN flags text[] NOT NULL DEFAULT '{}';
ALTER TABLE observation ADD COLUMN extracted_by text;

ALTER TABLE observation_revision ADD COLUMN confidence double precision;
ALTER TABLE observation_revision ADD COLUMN flags text[] NOT NULL DEFAULT '{}';
ALTER TABLE observation_revision ADD COLUMN extracted_by text;

ALTER TABLE summary ADD COLUMN communication_ids text[] NOT NULL DEFAULT '{}';
ALTER TABLE summary ADD COLUMN extracted_by text;

-- Which kinds of sensitive data are never remembered from a conversation.

ALTER TABLE store ADD COLUMN screening text[] NOT NULL
    DEFAULT '{SECRET,HEALTH,RELIGION,ORIENTATION,POLITICS,ETHNICITY}';

-- What is known about an attribute is found by it.

CREATE INDEX observation_attribute ON observation (store_id, profile_id, attribute) WHERE attribute IS NOT NULL;
