-- Version 7: a name that a person corrects is remembered for what was understood.
ALTER TABLE items ADD COLUMN heard TEXT;          -- how its name was understood, where it was spoken
CREATE TABLE corrections (heard TEXT, name TEXT); -- what was meant by it, by hand
