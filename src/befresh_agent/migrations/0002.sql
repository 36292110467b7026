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
