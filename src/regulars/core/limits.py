"""Every limit once, with its unit (contract §1.8)."""

from typing import Final

STORES_PER_ACCOUNT_MAX: Final = 15
STORE_DISPLAY_NAME_CHARS_MAX: Final = 64
STORE_DESCRIPTION_CHARS_MAX: Final = 128
SCREENING_NAMES_MAX: Final = 100
"""Of categories in one request, repeated ones too."""

CONFIGURATIONS_PER_ACCOUNT_MAX: Final = 10
CONFIGURATION_DISPLAY_NAME_CHARS_MAX: Final = 32
CONFIGURATION_DESCRIPTION_CHARS_MAX: Final = 512
CAPTURE_RULES_PER_CHANNEL_MAX: Final = 100
STATUS_CALLBACKS_MAX: Final = 20
INTELLIGENCE_CONFIGURATIONS_MAX: Final = 5
INTELLIGENCE_ID_CHARS_MAX: Final = 64
EXTRACTION_STRATEGIES_MAX: Final = 1
WORKFLOWS_MAX: Final = 5
CALLBACK_URL_CHARS_MAX: Final = 2048
STATUS_TIMEOUT_MINUTES_MAX: Final = 3 * 365 * 24 * 60
"""A conversation lives three years at most."""

IDENTITY_TYPES_PER_STORE_MAX: Final = 15
MATCHING_RULES_MAX: Final = 15
MATCHING_THRESHOLD_MIN: Final = 50
MATCHING_THRESHOLD_MAX: Final = 99
SHARING_LIMIT_DEFAULT: Final = 10
SHARING_LIMIT_MAX: Final = 1000
"""How many customers one value may bring together before it stops being a reason to merge."""

IDENTIFIER_TYPE_CHARS_MIN: Final = 2
IDENTIFIER_TYPE_CHARS_MAX: Final = 32
IDENTIFIER_VALUE_CHARS_MAX: Final = 255
IDENTIFIER_VALUES_PER_TYPE_MAX: Final = 100

TRAIT_GROUPS_PER_STORE_MAX: Final = 50
TRAITS_PER_GROUP_MAX: Final = 95
TRAIT_GROUP_NAME_CHARS_MAX: Final = 64
TRAIT_NAME_CHARS_MAX: Final = 64
TRAIT_DESCRIPTION_CHARS_MAX: Final = 1024
TRAIT_PATTERN_CHARS_MAX: Final = 1000

TRAIT_GROUPS_PER_WRITE_MAX: Final = 50
TRAITS_PER_GROUP_WRITE_MAX: Final = 99
TRAIT_STRING_CHARS_MAX: Final = 1024
TRAIT_ARRAY_ITEMS_MAX: Final = 100
TRAIT_INTEGER_MIN: Final = -(2**31)
TRAIT_INTEGER_MAX: Final = 2**31 - 1
TRAIT_GROUPS_FILTER_CHARS_MAX: Final = 256

OBSERVATIONS_PER_BATCH_MAX: Final = 10
SUMMARIES_PER_BATCH_MAX: Final = 10
IDEMPOTENCY_KEY_TTL_S: Final = 24 * 60 * 60
MEMORY_CONTENT_CHARS_MAX: Final = 4096
SOURCE_CHARS_MAX: Final = 100
CONVERSATION_IDS_PER_OBSERVATION_MAX: Final = 10

DATA_MAPPING_NAME_CHARS_MAX: Final = 64
DATA_MAPPING_DESCRIPTION_CHARS_MAX: Final = 512
DATA_MAPPINGS_PER_MAPPING_MAX: Final = 100
DATA_MAPPING_EXPRESSION_CHARS_MAX: Final = 256
DATA_MAPPING_TRAIT_CHARS_MAX: Final = 128
DATA_MAPPING_COLUMNS_MAX: Final = 100
DATA_MAPPING_COLUMN_CHARS_MAX: Final = 256

PROFILES_PER_BULK_MAX: Final = 1000
IMPORT_FILE_BYTES_MAX: Final = 104_857_600
IMPORT_FILENAME_CHARS_MAX: Final = 255
IMPORT_COLUMNS_MIN: Final = 2
IMPORT_COLUMNS_MAX: Final = 100
IMPORT_COLUMN_CHARS_MAX: Final = 64
IMPORT_URL_TTL_S: Final = 30 * 60
IMPORT_PATIENCE_S: Final = 3 * 60 * 60
"""After which an import whose file has not come entirely is given up."""
IMPORT_LINE_BYTES_MAX: Final = 1024 * 1024
IMPORT_PROBLEMS_MAX: Final = 10_000
"""Of one import, told one by one; the rest is counted."""
BULK_PROBLEMS_MAX: Final = 1000
PROBLEM_REASON_CHARS_MAX: Final = 300

LOOKUP_PROFILES_MAX: Final = 100
IF_MATCH_CHARS_MAX: Final = 100

RECALL_QUERY_CHARS_MAX: Final = 1024
RECALL_ITEMS_MAX: Final = 100
RECALL_OBSERVATIONS_DEFAULT: Final = 20
RECALL_SUMMARIES_DEFAULT: Final = 5
RECALL_INFERRED_QUERY_COMMUNICATIONS: Final = 10
RECALL_INFERRED_QUERY_TEXT_CHARS: Final = RECALL_QUERY_CHARS_MAX
"""Read of each of them, from its end: what is asked stands there mostly, and no more fits into a query."""
RECALL_CONTEXT_MAX: Final = 5
"""Communications told with a hit, before it and after it."""
RECALL_COMMUNICATION_CHARS_MAX: Final = 16_384
"""Of a communication, so much is looked at when it is ranked, and so much is told of a neighbour."""

PARTICIPANTS_PER_CREATE_MAX: Final = 50
PARTICIPANTS_PER_CONVERSATION_MAX: Final = 250
PARTICIPANT_ADDRESSES_MAX: Final = 50
PARTICIPANT_NAME_CHARS_MAX: Final = 256
CONVERSATION_NAME_CHARS_MAX: Final = 256
METADATA_KEYS_MAX: Final = 8
METADATA_KEY_CHARS_MAX: Final = 128
METADATA_VALUE_CHARS_MAX: Final = 512
ADDRESS_CHARS_MAX: Final = 254
CHANNEL_ID_CHARS_MAX: Final = 256
TRANSCRIPTION_ENGINE_CHARS_MAX: Final = 64
TRANSCRIPTION_WORDS_MAX: Final = 10_000
TRANSCRIPTION_WORD_CHARS_MAX: Final = 256
TRANSCRIPTION_TIME_CHARS_MAX: Final = 64
SID_CHARS_MAX: Final = 34
ERROR_CODE_CHARS_MAX: Final = 16
EMAIL_RECIPIENTS_MAX: Final = 50
EMAIL_PARTS_MAX: Final = 1000
"""Of the form that brings it: its fields and its attachments."""
EMAIL_PART_HEADER_BYTES_MAX: Final = 64 * 1024
COMMUNICATION_TEXT_CHARS_MAX: Final = 8_388_608
RECIPIENTS_MAX: Final = 100

MEDIA_URLS_MAX: Final = 10
MEDIA_URL_CHARS_MAX: Final = 2048
CONTENT_VARIABLES_MAX: Final = 100
CONTENT_VARIABLE_CHARS_MAX: Final = 1600
ACTION_CHANNEL_SETTINGS_MAX: Final = 50
ACTION_TRIES_MAX: Final = 24
"""Of sending one message that fails for a reason that may pass: about 10 minutes."""
ACTION_SETTLES_S: Final = 30
"""After which a request to send that has brought no answer will not be carried out any more."""
ACTION_PROMPT_S: Final = 5
"""Who was held up for longer before its request does not make it any more."""
STATUS_PATIENCE_S: Final = 10
"""For so long a message that a status callback names may be just about to become known by itself."""
FAILURE_REASON_CHARS_MAX: Final = 500
MESSAGES_API_ANSWER_BYTES_MAX: Final = 8 * 1024 * 1024

CALLBACK_ANSWER_CHARS_MAX: Final = 512
"""Of an endpoint's answer, kept with the delivery."""
OUTBOUND_S_MAX: Final = 15.0
"""For a request of ours to somebody else, from the name to the answer."""
OUTBOUND_ANSWER_BYTES_MAX: Final = 2048
"""Read of an answer; whatever follows is left."""

SUMMARY_CHARS_MAX: Final = 600
"""Of a summary that Regulars writes itself."""
MODEL_ITEMS_MAX: Final = 100
"""Read of one answer of a language model."""
MODEL_CITATIONS_MAX: Final = 10
"""A sentence that rests on more messages rests on none in particular."""
MODEL_SENTENCE_CHARS_MAX: Final = 300
EXTRACT_WAIT_S_MAX: Final = 300
"""Between two tries of an extraction whose model does not answer."""
EXTRACT_FAILURES_MAX: Final = 10
"""Of other reasons; then the job stays in the table as failed, for somebody to look at."""
EXTRACT_UNUSABLE_MAX: Final = 3
"""Tries whose answers could not be used, after which the rules serve."""

PAGE_SIZE_DEFAULT: Final = 50
PAGE_SIZE_CONTROL_PLANE_MAX: Final = 100
PAGE_SIZE_MAX: Final = 1000
PAGE_TOKEN_CHARS_MAX: Final = 4096
MEMORIES_PER_PAGE_MAX: Final = 50
TRAITS_PER_PAGE_MAX: Final = 100

BODY_BYTES_MAX: Final = 10 * 1024 * 1024
COMMUNICATION_BODY_BYTES_MAX: Final = 64 * 1024 * 1024
"""Room for the longest text, most of its characters written as JSON escapes of six bytes."""
WEBHOOK_BODY_BYTES_MAX: Final = 1024 * 1024
EMAIL_BODY_BYTES_MAX: Final = 40 * 1024 * 1024
"""SendGrid hands on e-mails of 30 MB, attachments included."""
EMAIL_FIELD_BYTES_MAX: Final = 512 * 1024
"""Kept of each field of such a form; the rest, and every attachment, is thrown away as it comes."""

ERROR_MESSAGE_CHARS_MAX: Final = 1024
REQUEST_ID_CHARS_MAX: Final = 128
SECRET_KEY_CHARS_MIN: Final = 32
