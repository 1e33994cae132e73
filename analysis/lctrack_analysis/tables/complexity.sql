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
),
-- Whole numbers of 2^-20 and, of the rest, of 2^-72: their sums are exact, and so the mean is to the last bit the same
-- whatever the order of the rows, without sorting them.
parted AS (
    SELECT
        *,
        CASE WHEN abs(value) < 1e12 THEN round(value * 1048576) END AS coarse,
        coarse::BIGINT AS units,
        ((value * 1048576 - coarse) * 4503599627370496.0)::BIGINT AS rest
    FROM long
),
told AS (
    SELECT
        CASE grouping(session_id, model) WHEN 0 THEN 'session_model' WHEN 1 THEN 'session' ELSE 'model' END AS scope,
        session_id,
        model,
        metric,
        count(value) AS count,
        CASE count(units)
            WHEN count(value)
                THEN (sum(units)::DOUBLE / 1048576 + sum(rest)::DOUBLE / 4722366482869645213696) / count(value)
            ELSE avg(value)
        END AS mean,
        quantile_cont(value, [0.5, 0.1, 0.9]) AS quantiles
    FROM parted
    GROUP BY GROUPING SETS ((session_id, metric), (model, metric), (session_id, model, metric))
    HAVING count(value) > 0
)
SELECT scope, session_id, model, metric, count, mean, quantiles[1] AS median, quantiles[2] AS p10, quantiles[3] AS p90
FROM told
ORDER BY ALL;
