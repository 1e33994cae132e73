-- Filled when a query first asks for them, and so are the columns of complexity in generations.
CREATE TABLE metrics (
    session_id VARCHAR, run_id VARCHAR, prompt_index BIGINT, generation_index BIGINT, metric VARCHAR, value DOUBLE
);
CREATE TABLE complexity (
    scope VARCHAR, session_id VARCHAR, model VARCHAR, metric VARCHAR, count BIGINT, mean DOUBLE, median DOUBLE,
    p10 DOUBLE, p90 DOUBLE
);
