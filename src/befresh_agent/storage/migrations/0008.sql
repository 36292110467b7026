-- Version 8: what a product is called here, by the number of its barcode; and which message told that a food is gone.
CREATE TABLE products (
    gtin TEXT PRIMARY KEY,                -- 14 digits
    name TEXT NOT NULL,
    own  INTEGER NOT NULL,                -- 1: said or typed here; 0: from an imported list, which never overrules that
    days TEXT NOT NULL DEFAULT '[]'       -- JSON: how many days its latest packs had left when they came, newest last
);

ALTER TABLE item_notes ADD COLUMN told_seq INTEGER;
