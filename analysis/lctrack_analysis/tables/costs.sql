-- What `cost.fill` fills in, and what it calculates with. Prices are US dollars per million tokens.
CREATE TABLE stage.rates (
    model VARCHAR, called TIMESTAMP, over BIGINT, most BIGINT, input DOUBLE, output DOUBLE, cached DOUBLE,
    cache_write DOUBLE, reasoning DOUBLE, call DOUBLE, source VARCHAR
);
CREATE TABLE stage.run_costs (place BIGINT, trace_id VARCHAR, session_id VARCHAR, cost DOUBLE, priced_by VARCHAR);
CREATE TABLE stage.generation_costs (place BIGINT, cost DOUBLE);

CREATE MACRO stage.half_hour(start_time, end_time) AS
    time_bucket(INTERVAL 30 MINUTES, coalesce(start_time, end_time)::TIMESTAMP);

-- Null where tokens of a kind that was used have no price, or nothing is said of them.
CREATE MACRO stage.cost(input, output, cached, written, reasoned, rates) AS CASE WHEN coalesce(input, output) IS NOT NULL THEN (
    CASE WHEN coalesce(input, 0) = 0 THEN 0 ELSE
        greatest(input - coalesce(cached, 0) - coalesce(written, 0), 0) * rates.input
        + coalesce(cached, 0) * coalesce(rates.cached, rates.input)
        + coalesce(written, 0) * coalesce(rates.cache_write, rates.input)
    END
    + CASE WHEN coalesce(output, 0) = 0 THEN 0 ELSE
        greatest(output - coalesce(reasoned, 0), 0) * rates.output
        + coalesce(reasoned, 0) * coalesce(rates.reasoning, rates.output)
    END
) / 1e6 END;

CREATE VIEW stage.trace_costs AS
SELECT trace_id, sum(cost) AS cost, count(*) FILTER (WHERE cost IS NULL) AS unpriced_calls
FROM stage.run_costs GROUP BY trace_id;

CREATE VIEW stage.session_costs AS
SELECT session_id, sum(cost) AS cost, count(*) FILTER (WHERE cost IS NULL) AS unpriced_calls
FROM stage.run_costs GROUP BY session_id;
