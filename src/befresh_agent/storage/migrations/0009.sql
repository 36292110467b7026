-- Version 9: the sealed log: each row's digest covers the one before it (runtime/sealed_log.py). Empty while it is switched off.
CREATE TABLE sealed (
    n     INTEGER PRIMARY KEY,
    at    TEXT NOT NULL,                  -- ISO 8601 with offset
    kind  TEXT NOT NULL,                  -- reading, gap, alarm, alarm-over, correction, action, day
    data  TEXT NOT NULL,                  -- canonical JSON
    sha   TEXT NOT NULL,
    ran_s INTEGER
);
CREATE INDEX sealed_days ON sealed (n) WHERE kind = 'day';
