-- The agent's memory, version 1. A later change is a new file with the next number, and it only ever adds:
-- the previous release must be able to go on with the newer file after a rollback.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,               -- store_id, world
    value TEXT NOT NULL
);

-- Messages, frozen at insert. AUTOINCREMENT on purpose: a number is never used twice, so a gap is visible.
CREATE TABLE outbox (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL,
    topic      TEXT NOT NULL,
    key        TEXT NOT NULL,
    headers    TEXT NOT NULL,             -- JSON: [[name, value], ...]
    body       BLOB NOT NULL,
    digest     INTEGER NOT NULL,          -- CRC-32 of all that travels: cards forget, and a garbled body must not leave
    items      INTEGER NOT NULL,          -- how many foods or readings it carries
    created    TEXT NOT NULL,             -- ISO 8601 with offset
    state      TEXT NOT NULL DEFAULT 'waiting'
               CHECK (state IN ('waiting', 'delivered', 'journal', 'dead')),
    delivered  TEXT,
    attempts   INTEGER NOT NULL DEFAULT 0, -- how often the broker refused this very message
    last_error TEXT
);
CREATE INDEX outbox_waiting ON outbox (topic, seq) WHERE state = 'waiting';

-- Registered foods. 'open': the session still runs; 'unnamed': waits for a name; 'sent': travels in message seq.
CREATE TABLE items (
    id            TEXT PRIMARY KEY,
    session       TEXT NOT NULL,
    kind          INTEGER NOT NULL,
    name          TEXT,
    address       TEXT,
    expires_on    TEXT,
    registered_at TEXT NOT NULL,
    state         TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'unnamed', 'sent')),
    joined        INTEGER NOT NULL DEFAULT 0, -- 1: this item brought its container into the roster
    seq           INTEGER,
    product       TEXT,                       -- GTIN, 14 digits; for this fridge alone, as is the lot
    lot           TEXT
);
CREATE INDEX items_pending ON items (session) WHERE state <> 'sent';

-- Readings that have not travelled yet.
CREATE TABLE readings (
    number       INTEGER PRIMARY KEY,
    address      TEXT NOT NULL,
    taken_at     TEXT NOT NULL,
    clock_synced INTEGER NOT NULL,
    measured     TEXT NOT NULL            -- JSON of Measurement
);

-- The roster: who is asked in the rotation.
CREATE TABLE containers (
    address      TEXT PRIMARY KEY,
    added        TEXT NOT NULL,
    last_taken   TEXT,                    -- when the last reading was taken
    last_reading TEXT                     -- JSON of Measurement
);
