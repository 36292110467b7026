-- Version 4: how old a row is, counted in seconds that the agent has run (meta: running_s). No wall clock is asked, so
-- one that leaps makes nothing old. Empty: kept by a release that did not count; see storage/meta_table.py.
ALTER TABLE outbox ADD COLUMN ran_s INTEGER;      -- when it was made, and anew when it was delivered
ALTER TABLE items ADD COLUMN ran_s INTEGER;       -- when it was registered
ALTER TABLE item_notes ADD COLUMN ran_s INTEGER;  -- when it was eaten or thrown away
ALTER TABLE history ADD COLUMN ran_s INTEGER;     -- when it was measured
INSERT INTO meta VALUES ('running_s', '0'), ('ageless_until_s', '0');

-- What a message is; the topic is looked up in the settings when it travels. Empty: queued by a release before.
ALTER TABLE outbox ADD COLUMN kind TEXT;          -- its ce_type
CREATE INDEX outbox_by_kind ON outbox (kind, seq) WHERE state = 'waiting';

ALTER TABLE containers ADD COLUMN counter_highest INTEGER; -- the highest one of an encrypted broadcaster, ever
ALTER TABLE containers ADD COLUMN beliefs TEXT;            -- JSON: what its next reading is compared with
