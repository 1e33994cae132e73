-- Filled when a query first asks for it: what spaCy tells of generated texts, by their place in `generations`.
CREATE TABLE stage.annotated (place BIGINT, {annotated});
