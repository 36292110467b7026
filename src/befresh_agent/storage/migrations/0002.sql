-- What containers said, for charts and records, some weeks back. Compact on purpose: 40 containers fill 10 MB in 30 days.
CREATE TABLE history (
    address      TEXT NOT NULL,
    at           INTEGER NOT NULL,        -- seconds since 1970
    clock_synced INTEGER NOT NULL,
    temperature  REAL,
    humidity     INTEGER,
    pressure     REAL,
    co2          INTEGER,
    gas          INTEGER,
    nh3          INTEGER,
    PRIMARY KEY (address, at)             -- and no other order: a container's readings lie side by side
) WITHOUT ROWID;

-- The latest visits of each container: what `status`, the page and `plan --from-history` are made from.
CREATE TABLE visits (
    number     INTEGER PRIMARY KEY,
    address    TEXT NOT NULL,
    began      TEXT NOT NULL,              -- ISO 8601 with offset
    seconds    REAL NOT NULL,
    good       INTEGER NOT NULL,           -- 1: it brought a reading
    signal_dbm INTEGER
);
CREATE INDEX visits_of ON visits (address, number);

ALTER TABLE containers ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;  -- visits since it joined: each costs its battery
ALTER TABLE containers ADD COLUMN radio_s REAL NOT NULL DEFAULT 0;      -- and so many seconds they took
ALTER TABLE containers ADD COLUMN broadcasts INTEGER NOT NULL DEFAULT 0; -- 1: it tells by itself and is never connected to
ALTER TABLE containers ADD COLUMN counter INTEGER;                      -- the last one of an encrypted broadcaster

-- When it was taken on the clock that never jumps, and in which run of the machine that clock counted.
ALTER TABLE readings ADD COLUMN boot TEXT;
ALTER TABLE readings ADD COLUMN monotonic REAL;
