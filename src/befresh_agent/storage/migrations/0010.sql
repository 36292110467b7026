-- Version 10: what has become of a message at each place it goes to. outbox.state sums it up: it waits until every sink that
-- is set has it, or has refused it for good. No row: the sink has not been tried, or all of them have it.
CREATE TABLE deliveries (
    seq        INTEGER NOT NULL,           -- outbox.seq
    sink       TEXT NOT NULL,              -- kafka, ...
    state      TEXT NOT NULL,              -- waiting, delivered, dead
    delivered  TEXT,                       -- ISO 8601 with offset
    attempts   INTEGER NOT NULL DEFAULT 0, -- how often this sink refused this very message
    last_error TEXT,
    PRIMARY KEY (seq, sink)
) WITHOUT ROWID;
INSERT INTO deliveries (seq, sink, state, attempts, last_error)
    SELECT seq, 'kafka', state, attempts, last_error FROM outbox WHERE state IN ('waiting', 'dead') AND attempts > 0;

-- The ids of the messages that it was divided from: a sink that took one of those whole needs no part of it.
ALTER TABLE outbox ADD COLUMN parts_of TEXT;
