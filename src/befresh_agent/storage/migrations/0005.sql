-- Version 5: a date that was not read surely, and that nobody has confirmed yet: 1. Such an item does not travel.
ALTER TABLE items ADD COLUMN doubted INTEGER NOT NULL DEFAULT 0;
