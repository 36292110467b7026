-- Version 11: products that a service outside was asked for and does not know (products.lookup): it is not asked again so soon.
CREATE TABLE unknown_products (
    gtin  TEXT PRIMARY KEY,               -- 14 digits
    ran_s INTEGER                         -- the agent's running time when it was asked
);
