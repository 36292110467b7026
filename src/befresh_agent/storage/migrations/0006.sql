-- Version 6: what became of food that is gone, and what stands in a container in its place.
ALTER TABLE item_notes ADD COLUMN fate TEXT;        -- eaten, thrown; empty: nobody said, or a release before
ALTER TABLE item_notes ADD COLUMN replaced_by TEXT; -- items.id: taken for gone as its container was filled with this one

-- How much was eaten and how much thrown away; it outlives the items themselves.
CREATE TABLE food_fates (
    month  TEXT PRIMARY KEY,                        -- YYYY-MM, in which it went
    eaten  INTEGER NOT NULL DEFAULT 0,
    thrown INTEGER NOT NULL DEFAULT 0
);
