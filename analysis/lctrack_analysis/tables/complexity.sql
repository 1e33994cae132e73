INSERT INTO complexity
WITH generated AS (
    SELECT
        * EXCLUDE (text_standard),
        -- The higher of the two grades it names, which is the number that textstat has for it.
        regexp_extract(text_standard, '(\d+)\w+ grade$', 1)::DOUBLE AS text_standard
    FROM stage.generation_core JOIN stage.measured USING (place)
),
long AS (
    SELECT session_id, model, metric, value
    FROM (
        SELECT session_id, model, {metrics} FROM generated
    )
    UNPIVOT (value FOR metric IN ({names}))
    UNION ALL
    SELECT core.session_id, core.model, own.metric, own.value
    FROM stage.own_values AS own JOIN stage.generation_core AS core USING (place)
)
SELECT
    CASE grouping(session_id, model) WHEN 0 THEN 'session_model' WHEN 1 THEN 'session' ELSE 'model' END AS scope,
    session_id,
    model,
    metric,
    count(value) AS count,
    avg(value ORDER BY value) AS mean, -- to the last bit the same, whatever the order of the rows
    median(value) AS median,
    quantile_cont(value, 0.1) AS p10,
    quantile_cont(value, 0.9) AS p90
FROM long
GROUP BY GROUPING SETS ((session_id, metric), (model, metric), (session_id, model, metric))
HAVING count(value) > 0
ORDER BY ALL;
