CREATE VIEW sessions AS
SELECT core.* EXCLUDE (place), c.cost, c.unpriced_calls
FROM stage.session_core AS core
LEFT JOIN stage.session_costs AS c USING (session_id)
ORDER BY core.place;
