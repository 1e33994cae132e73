-- Filled when a query first asks for them: the columns of complexity in `generations`, by its place there, and what
-- follows from them.
CREATE TABLE stage.measured (place BIGINT, {measured});
CREATE TABLE stage.own_values (place BIGINT, metric VARCHAR, value DOUBLE);
CREATE TABLE complexity (
    scope VARCHAR, session_id VARCHAR, model VARCHAR, metric VARCHAR, count BIGINT, mean DOUBLE, median DOUBLE,
    p10 DOUBLE, p90 DOUBLE
);

CREATE VIEW metrics AS
SELECT core.session_id, core.run_id, core.prompt_index, core.generation_index, own.metric, own.value
FROM stage.own_values AS own JOIN stage.generation_core AS core USING (place)
ORDER BY own.place, own.metric;
