-- Version 3: what a person corrected on the page. It stays in the house: messages that travelled cannot be called back.
CREATE TABLE item_notes (
    item    TEXT PRIMARY KEY,             -- items.id
    name    TEXT,                         -- the name a person gave after the item had travelled
    use_by  TEXT,                         -- the day a person set
    gone_at TEXT                          -- eaten or thrown away; ISO 8601 with offset
);

CREATE TABLE container_names (
    address TEXT PRIMARY KEY,
    name    TEXT NOT NULL
);
